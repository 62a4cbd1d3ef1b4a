import type { AccountRow } from './account.ts';
import { type CredentialsRefusal, checkCredentials, recordSignIn, type SentCredentials } from './check-credentials.ts';
import type { SignInContext } from './context.ts';
import { beginChallenge, type Challenge } from './factors/challenge.ts';
import { type FactorKind, kindsOf } from './factors/factor.ts';
import { lacksFactor } from './factors/requirement.ts';
import { beginSession, type Tokens } from './session.ts';

export interface SignInRequest extends SentCredentials {
  /** Whether the client will ask for new tokens. */
  refreshable: boolean;
  userAgent?: string | undefined;
}

export interface SignedIn {
  kind: 'signed-in';
  account: AccountRow;
  tokens: Tokens;
  /** Whether the token opens nothing but a change of the password. */
  changePassword: boolean;
  /** Whether the token opens nothing but the adding of a second factor. */
  addFactor: boolean;
}

export type SignInOutcome =
  | SignedIn
  /** The password is right. */
  | ({ kind: 'second-factor-due'; account: AccountRow; factors: FactorKind[] } & Challenge)
  | CredentialsRefusal;

/** Signs an account in, or begins that: a second factor is asked for by a challenge. */
export async function signIn(context: SignInContext, request: SignInRequest): Promise<SignInOutcome> {
  const outcome = await checkCredentials(context, request);
  if (outcome.kind !== 'right') return outcome;
  const { account } = outcome;
  const { refreshable, address, userAgent } = request;
  const factors = kindsOf(account);
  if (factors.length > 0) {
    await recordSignIn(context, request, { event: 'second factor due' });
    const challenge = await beginChallenge(context, account, { refreshable, address });
    return { kind: 'second-factor-due', account, factors, ...challenge };
  }
  await recordSignIn(context, request, { event: 'signed in' });
  const { changePassword } = account;
  const tokens = await beginSession(context, account, { restricted: changePassword, refreshable, address, userAgent });
  return { kind: 'signed-in', account, tokens, changePassword, addFactor: await lacksFactor(context, account) };
}
