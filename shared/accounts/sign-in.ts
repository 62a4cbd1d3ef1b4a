import { updateExpression } from '../platform/dynamodb.ts';
import { emfMetrics } from '../platform/metrics.ts';
import { updateItem } from '../platform/transaction.ts';
import { type AccountRow, blockReason, readAccount } from './account.ts';
import { addressLimit, userNameLimit } from './attempt-limit.ts';
import { addressSubject, beginAttempt, forgetAttempts, nameSubject, takeBackAttempt } from './attempts.ts';
import type { AccountContext, SignInContext } from './context.ts';
import { createFirstAdmin } from './first-admin.ts';
import { recordEvent } from './history.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { beginSession, type Tokens } from './session.ts';

export interface SignInRequest {
  userName: string;
  password: string;
  /** Whether the client will ask for new tokens. */
  refreshable: boolean;
  address: string;
  userAgent?: string | undefined;
  requestId: string;
}

export type SignInOutcome =
  | { kind: 'signed-in'; account: AccountRow; tokens: Tokens; changePassword: boolean }
  | { kind: 'unknown' | 'wrong-password' | 'expired-password' }
  | { kind: 'blocked'; reason: string }
  /** @param wait milliseconds until the next try */
  | { kind: 'too-many'; wait: number };

/**
 * Signs an account in. A try counts before its password is looked at, and unknown user names take the same work as known ones.
 * A wrong password is told apart from a block only by who knows the right one.
 */
export async function signIn(context: SignInContext, request: SignInRequest): Promise<SignInOutcome> {
  const outcome = await trySignIn(context, request);
  if (outcome.kind !== 'signed-in') {
    // Without the user name: people type passwords there.
    const { address } = request;
    const metric = emfMetrics({ SignInsRefused: 1 }, context.clock.now());
    context.log.info('sign-in refused', { result: outcome.kind, address, ...metric });
  }
  return outcome;
}

async function trySignIn(context: AccountContext, request: SignInRequest): Promise<SignInOutcome> {
  const { userName, password, address, requestId } = request;
  const wait = await beginTry(context, request);
  if (wait > 0) return { kind: 'too-many', wait };
  const read = () => readAccount(context.db, context.tables.accounts, userName);
  const actor = { by: userName, address, requestId };
  const account = (await read()) ?? (await createFirstAdmin(context, request, actor).then(read));
  const { matches, outdated } = await verifyPassword(password, account?.passwordHash);
  const record = (event: 'signed in' | 'sign-in refused', result?: string) =>
    recordEvent(context, read, { event, ...(result && { details: { result } }) }, actor);
  if (!account || !matches) {
    const kind = account ? 'wrong-password' : 'unknown';
    if (account) await record('sign-in refused', kind);
    return { kind };
  }
  const reason = blockReason(account);
  if (reason !== undefined) {
    await record('sign-in refused', 'blocked');
    return { kind: 'blocked', reason };
  }
  if ((account.passwordExpiresAt ?? Number.POSITIVE_INFINITY) <= context.clock.now()) {
    await record('sign-in refused', 'expired-password');
    return { kind: 'expired-password' };
  }
  await Promise.all([
    forgetAttempts(context, nameSubject(userName)),
    takeBackAttempt(context, addressSubject(address)),
  ]);
  if (outdated) await rehash(context, account, password);
  await record('signed in');
  const { changePassword } = account;
  const { refreshable, userAgent } = request;
  const tokens = await beginSession(context, account, { restricted: changePassword, refreshable, address, userAgent });
  return { kind: 'signed-in', account, tokens, changePassword };
}

/** Counts a try for the address and for the name. A try that the name does not allow still counts for the address. */
async function beginTry(context: AccountContext, { userName, address }: SignInRequest): Promise<number> {
  const byAddress = await beginAttempt(context, addressSubject(address), addressLimit);
  return byAddress > 0 ? byAddress : beginAttempt(context, nameSubject(userName), userNameLimit);
}

/** Stores the password with today's cost, unless the account changed meanwhile: then the next sign-in does it. */
async function rehash(
  { db, tables }: AccountContext,
  { account, passwordHash }: AccountRow,
  password: string,
): Promise<void> {
  await updateItem(db, {
    TableName: tables.accounts,
    Key: { account },
    ConditionExpression: 'passwordHash = :read',
    ...updateExpression({ passwordHash: await hashPassword(password) }, { ':read': passwordHash }),
  });
}
