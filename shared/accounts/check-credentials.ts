import { randomUUID } from 'node:crypto';
import { updateExpression } from '../platform/dynamodb.ts';
import { emfMetrics } from '../platform/metrics.ts';
import { transact, updateItem } from '../platform/transaction.ts';
import { type AccountRow, blockReason, readAccount } from './account.ts';
import { addressLimit, userNameLimit } from './attempt-limit.ts';
import { addressSubject, beginAttempt, forgetAttempts, nameSubject, takeBackAttempt } from './attempts.ts';
import type { AccountContext, SignInContext } from './context.ts';
import { hasFactor } from './factors/factor.ts';
import { createFirstAdmin } from './first-admin.ts';
import { type AccountEvent, recordEvent } from './history.ts';
import { hashPassword, verifyPassword } from './password-hash.ts';

/** User name and password, as somebody sent them. */
export interface SentCredentials {
  userName: string;
  password: string;
  address: string;
  requestId: string;
}

export type CredentialsRefusal =
  | { kind: 'unknown' | 'wrong-password' | 'expired-password' }
  | { kind: 'blocked'; reason: string }
  /** @param wait milliseconds until the next try */
  | { kind: 'too-many'; wait: number };

/**
 * Finds the account that a user name and a password open, apart from a second factor. The attempt is counted before the
 * password is checked, and unknown user names take as much work as known ones. Only the right password reveals that an account
 * is blocked.
 */
export async function checkCredentials(
  context: SignInContext,
  sent: SentCredentials,
): Promise<{ kind: 'right'; account: AccountRow } | CredentialsRefusal> {
  const outcome = await tryCredentials(context, sent);
  if (outcome.kind !== 'right') reportRefusal(context, outcome.kind, sent.address);
  return outcome;
}

/** Counts a refusal. Without the user name: people type passwords there. */
export function reportRefusal({ clock, log }: SignInContext, result: string, address: string): void {
  log.info('sign-in refused', { result, address, ...emfMetrics({ SignInsRefused: 1 }, clock.now()) });
}

/** Appends to the history of the account that credentials name. */
export const recordSignIn = (
  context: AccountContext,
  { userName, address, requestId }: SentCredentials,
  event: AccountEvent,
): Promise<void> => {
  const read = () => readAccount(context.db, context.tables.accounts, userName);
  return recordEvent(context, read, event, { by: userName, address, requestId });
};

async function tryCredentials(
  context: AccountContext,
  sent: SentCredentials,
): Promise<{ kind: 'right'; account: AccountRow } | CredentialsRefusal> {
  const { userName, password, address, requestId } = sent;
  const wait = await beginTry(context, sent);
  if (wait > 0) return { kind: 'too-many', wait };
  const read = () => readAccount(context.db, context.tables.accounts, userName);
  const actor = { by: userName, address, requestId };
  const account = (await read()) ?? (await createFirstAdmin(context, sent, actor).then(read));
  const { matches, outdated } = await verifyPassword(password, account?.passwordHash);
  const recordRefusal = (result: string) =>
    recordSignIn(context, sent, { event: 'sign-in refused', details: { result } });
  if (!account || !matches) {
    const kind = account ? 'wrong-password' : 'unknown';
    await (account ? recordRefusal(kind) : recordNothing(context));
    return { kind };
  }
  const reason = blockReason(account);
  if (reason !== undefined) {
    await recordRefusal('blocked');
    return { kind: 'blocked', reason };
  }
  if ((account.passwordExpiresAt ?? Number.POSITIVE_INFINITY) <= context.clock.now()) {
    await recordRefusal('expired-password');
    return { kind: 'expired-password' };
  }
  // A second factor belongs to the same try: the password alone must not forget wrong factors.
  if (!hasFactor(account)) await endTry(context, sent);
  if (outdated) await rehash(context, account, password);
  return { kind: 'right', account };
}

/**
 * Does the work of recording a refusal, a transaction of three writes, for a user name without a history, so that the response
 * time does not reveal whether the name exists.
 */
async function recordNothing({ db, clock, tables }: AccountContext): Promise<void> {
  const noSuchKey = () => ({ TableName: tables.attempts, Key: { subject: `nobody#${randomUUID()}` } });
  await transact(
    db,
    clock,
    Array.from({ length: 3 }, () => ({ Delete: noSuchKey() })),
  );
}

type Trier = Pick<SentCredentials, 'userName' | 'address'>;

/**
 * Counts a try for the address and for the name. A try that the name does not allow still counts for the address.
 *
 * @returns milliseconds to wait when the try is not allowed; 0 when it is
 */
export async function beginTry(context: AccountContext, { userName, address }: Trier): Promise<number> {
  const byAddress = await beginAttempt(context, addressSubject(address), addressLimit);
  return byAddress > 0 ? byAddress : beginAttempt(context, nameSubject(userName), userNameLimit);
}

/** Ends a try that was right: the name's tries are forgotten. */
export async function endTry(context: AccountContext, { userName, address }: Trier): Promise<void> {
  await Promise.all([
    forgetAttempts(context, nameSubject(userName)),
    takeBackAttempt(context, addressSubject(address)),
  ]);
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
