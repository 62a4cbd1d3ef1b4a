import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { Batcher, onePer } from './batcher.ts';
import type { Database } from './dynamodb.ts';
import { TransientError } from './errors.ts';
import type { Clock } from './time.ts';

/** One action of a transaction. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Most actions of one TransactWriteItems (DynamoDB API reference). */
export const maxActions = 100;

type Outcome = 'committed' | 'refused';

interface Transaction {
  clock: Clock;
  writes: Write[];
}

/** Two batches of transactions are on their way at most: what comes meanwhile is gathered for the next. */
const batchers = onePer(
  (db: Database) =>
    new Batcher<Transaction, Outcome>((transactions) => commitAll(db, transactions), { most: 25, atOnce: 2 }),
);

/**
 * Commits the writes together or not at all. Transactions that meet may be committed as one; when that does not go through,
 * each goes by itself, so none suffers from another.
 *
 * @returns `committed`, or `refused` when a condition did not hold
 * @throws TransientError when other transactions kept getting in the way
 */
export function transact(db: Database, clock: Clock, writes: Write[]): Promise<Outcome> {
  return batchers(db).ask({ clock, writes });
}

async function commitAll(db: Database, transactions: Transaction[]): Promise<Outcome[]> {
  const outcomes = await Promise.all(groupsOf(transactions).map((group) => commitGroup(db, group)));
  return outcomes.flat();
}

function groupsOf(transactions: Transaction[]): Transaction[][] {
  const groups: Transaction[][] = [];
  let actions = Number.POSITIVE_INFINITY;
  for (const transaction of transactions) {
    actions += transaction.writes.length;
    if (actions <= maxActions) {
      groups.at(-1)?.push(transaction);
    } else {
      groups.push([transaction]);
      actions = transaction.writes.length;
    }
  }
  return groups;
}

async function commitGroup(db: Database, group: Transaction[]): Promise<Outcome[]> {
  const alone = () => Promise.all(group.map((transaction) => commit(db, transaction)));
  if (group.length === 1) return alone();
  try {
    await send(
      db,
      group.flatMap(({ writes }) => writes),
    );
    return group.map(() => 'committed');
  } catch (error) {
    if (isCancellation(error) || isValidation(error)) return alone();
    throw error;
  }
}

const conflictTries = 12;

async function commit(db: Database, { clock, writes }: Transaction): Promise<Outcome> {
  for (let attempt = 0; attempt < conflictTries; attempt++) {
    try {
      await send(db, writes);
      return 'committed';
    } catch (error) {
      if (!isCancellation(error)) throw error;
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
      if (codes.includes('ConditionalCheckFailed')) return 'refused';
      if (!codes.includes('TransactionConflict')) throw error;
      await clock.sleep(clock.random() * 20 * 2 ** Math.min(attempt, 6));
    }
  }
  throw new TransientError('DynamoDB: other transactions kept conflicting with this one');
}

const send = (db: Database, writes: Write[]) => db.send(new TransactWriteCommand({ TransactItems: writes }));

const isCancellation = (error: unknown): error is TransactionCanceledException =>
  error instanceof TransactionCanceledException;

/** Two of a group about one item, or too many bytes together. */
const isValidation = (error: unknown) => error instanceof Error && error.name === 'ValidationException';
