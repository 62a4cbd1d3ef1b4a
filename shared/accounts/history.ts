import { type HistoryEvent, historyWrites, newestEvent } from '../history/history.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { AccountRow } from './account.ts';
import type { AccountContext } from './context.ts';

/** The subject of an account's history. */
export const accountSubject = (account: string): string => `account#${account}`;

/** Person who did something to an account, and the address of the request. */
export interface Actor {
  /** The user name, or the operator's name at the command line. */
  by: string;
  /** The IP address of the request. */
  address?: string;
  requestId?: string;
}

export interface AccountEvent {
  event: HistoryEvent['event'];
  details?: Record<string, unknown>;
}

/**
 * The writes that append to an account's history, for the transaction that changes the account.
 *
 * @param account as it was read: the change raises its version to the event's sequence
 */
export const accountHistory = (
  { clock, tables }: AccountContext,
  { account, version }: Pick<AccountRow, 'account' | 'version'>,
  { event, details }: AccountEvent,
  actor: Actor,
): Write[] =>
  historyWrites(
    tables,
    [{ subject: accountSubject(account), sequence: version + 1, event, details: { ...actor, ...details } }],
    { at: clock.now() },
  );

/** The version that a new account of a name begins with: the history of an earlier account goes on. */
export async function versionBefore(
  { db, tables }: Pick<AccountContext, 'db' | 'tables'>,
  account: string,
): Promise<number> {
  return (await newestEvent(db, tables.history, accountSubject(account)))?.sequence ?? 0;
}

/**
 * Appends to an account's history what changes nothing of the account: sign-ins and their refusals.
 *
 * @param writes of the same transaction
 * @throws TransientError when others kept changing the account
 */
export async function recordEvent(
  context: AccountContext,
  read: () => Promise<AccountRow | undefined>,
  event: AccountEvent,
  actor: Actor,
  writes: readonly Write[] = [],
): Promise<void> {
  const { db, clock, tables } = context;
  await untilCommitted('Account', async () => {
    const account = await read();
    if (!account) return undefined;
    const raised: Write = {
      Update: {
        TableName: tables.accounts,
        Key: { account: account.account },
        ConditionExpression: 'version = :read',
        UpdateExpression: 'SET version = :version',
        ExpressionAttributeValues: { ':read': account.version, ':version': account.version + 1 },
      },
    };
    const outcome = await transact(db, clock, [raised, ...accountHistory(context, account, event, actor), ...writes]);
    return outcome === 'committed' ? undefined : tryAgain;
  });
}
