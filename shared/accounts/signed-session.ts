import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { Expired, InvalidToken, VerificationFailed } from '../auth/errors.ts';
import { lifetime, type SignedToken, signToken, tokenHash, verifyToken } from '../auth/signed-token.ts';
import type { SigningKeys } from '../auth/signing-keys.ts';
import type { AccountRow } from './account.ts';
import type { AccountContext, SignInContext } from './context.ts';
import { authenticateFully } from './factors/requirement.ts';
import { type OpenSession, refreshableTime, type SessionRow } from './session.ts';
import { uidOf } from './uid.ts';

/** Everything that work on signed tokens needs. */
export interface SignedTokenContext extends SignInContext {
  signingKeys: () => Promise<SigningKeys>;
}

/** Permission level that the documents give every registered user. */
const perm = 0;

interface Sender {
  address: string;
  userAgent?: string | undefined;
  /** When the account signed in, if not now: milliseconds since 1970. */
  signedInAt?: number;
}

/**
 * Signs a token of an account, and begins its session.
 *
 * @param account as it was when its owner was authenticated
 * @returns nothing for an account without an e-mail address, or that is deleted by now
 */
export async function beginSignedSession(
  context: SignedTokenContext,
  account: AccountRow,
  { address, userAgent, signedInAt }: Sender,
): Promise<SignedToken | undefined> {
  const { db, clock, tables } = context;
  const { current } = await context.signingKeys();
  const id = account.email ? await uidOf(context, account) : undefined;
  if (!account.email || id === undefined) return undefined;
  const now = clock.now();
  const time = Math.floor(now / 1_000);
  // The gateway keeps no devices of users.
  const token = signToken({ code: account.email, id, time, belongs: [], perm }, current.privateKey);
  const endsAt = (time + lifetime) * 1_000;
  const hash = tokenHash(token);
  const Item: SessionRow = {
    sessionId: hash,
    tokenHash: hash,
    account: account.account,
    generation: account.generation,
    tokenExpiresAt: endsAt,
    restricted: false,
    createdAt: now,
    ...(signedInAt !== undefined && { signedInAt }),
    address,
    ...(userAgent !== undefined && { userAgent }),
    endsAt,
    expiresAt: Math.ceil(endsAt / 1_000),
  };
  await db.send(new PutCommand({ TableName: tables.sessions, Item }));
  return token;
}

/** Checks a signed token by its signature, and by the account that it belongs to. @param token anything */
export async function checkSignedToken(
  context: SignedTokenContext,
  token: unknown,
): Promise<OpenSession | 'expired' | 'invalid'> {
  const publicKeys = async () => (await context.signingKeys()).verifying.map(({ publicKey }) => publicKey);
  try {
    await verifyToken(token, publicKeys, context.clock.now());
  } catch (error) {
    if (error instanceof Expired) return 'expired';
    if (error instanceof InvalidToken || error instanceof VerificationFailed) return 'invalid';
    throw error;
  }
  return (await authenticateFully(context, JSON.stringify(token))) ?? 'invalid';
}

/** Whether a session is too long ago for another token: its owner has to sign in anew. */
export const isOver = ({ clock }: Pick<AccountContext, 'clock'>, { signedInAt, createdAt }: SessionRow): boolean =>
  clock.now() - (signedInAt ?? createdAt) >= refreshableTime;
