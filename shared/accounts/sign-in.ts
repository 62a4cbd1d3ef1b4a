import type { AccountRow } from './account.ts';
import type { SignInContext } from './context.ts';
import { type CredentialsRefusal, checkCredentials, recordSignIn, type SentCredentials } from './credentials.ts';
import { beginSession, type Tokens } from './session.ts';

export interface SignInRequest extends SentCredentials {
  /** Whether the client will ask for new tokens. */
  refreshable: boolean;
  userAgent?: string | undefined;
}

export type SignInOutcome =
  | { kind: 'signed-in'; account: AccountRow; tokens: Tokens; changePassword: boolean }
  | CredentialsRefusal;

/** Signs an account in. */
export async function signIn(context: SignInContext, request: SignInRequest): Promise<SignInOutcome> {
  const outcome = await checkCredentials(context, request);
  if (outcome.kind !== 'right') return outcome;
  const { account } = outcome;
  await recordSignIn(context, request, { event: 'signed in' });
  const { changePassword } = account;
  const { refreshable, address, userAgent } = request;
  const tokens = await beginSession(context, account, { restricted: changePassword, refreshable, address, userAgent });
  return { kind: 'signed-in', account, tokens, changePassword };
}
