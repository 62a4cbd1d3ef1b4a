import * as z from 'zod';
import type { AccountContext } from '../accounts/context.ts';
import { authenticateConnection } from '../accounts/factors/requirement.ts';
import { Expired, InvalidToken, VerificationFailed } from '../auth/errors.ts';
import { tokenSchema, verifyToken } from '../auth/signed-token.ts';
import type { Identity } from './connection.ts';
import { audiencesOf, logOf } from './events/audience.ts';

/** Finds the owner of a token. @throws Expired, InvalidToken or VerificationFailed when nobody owns it */
export type Authenticate = (token: unknown) => Promise<Identity>;

/** Characters of an opaque token. */
const opaque = z.string().regex(/^[\w-]{64}$/);

/**
 * Finds the account of a token, opaque or signed.
 *
 * @throws Expired when the token or its account has ended
 * @throws InvalidToken when it is no token, or opens nothing yet
 * @throws VerificationFailed when it is a signed token that the gateway has not given, or that was signed out
 */
export const authenticateAccount =
  (context: AccountContext): Authenticate =>
  async (token) => {
    const text = opaque.safeParse(token).success
      ? String(token)
      : JSON.stringify(tokenSchema.safeParse(token).data ?? null);
    const found = text === 'null' ? undefined : await authenticateConnection(context, text);
    if (!found) return refuse(token, context.clock.now());
    const { session, account } = found;
    const { email = account.userName, permissions, generation, uid } = account;
    return {
      id: account.account,
      channel: logOf(account),
      code: email,
      uid,
      belongs: [],
      isUser: true,
      permissions,
      validUntil: session.tokenExpiresAt,
      account: { name: account.account, generation, sessionId: session.sessionId },
      audiences: await audiencesOf(context, account),
    };
  };

/** @throws always, by what is wrong with a token that is not valid */
async function refuse(token: unknown, now: number): Promise<never> {
  if (opaque.safeParse(token).success) throw new Expired();
  if (typeof token !== 'object') throw new InvalidToken('token: must be a token of the gateway');
  // Tokens that the gateway has given are known by their hash, so no signature of another one need be verified.
  await verifyToken(token, async () => [], now);
  throw new VerificationFailed();
}

/** The documented texts of refusals, undefined for another fault. */
export function refusalText(error: unknown): string | undefined {
  if (error instanceof Expired) return 'Expired';
  if (error instanceof InvalidToken) return 'Invalid token';
  return error instanceof VerificationFailed ? 'Invalid signature' : undefined;
}
