import { isDeepStrictEqual } from 'node:util';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { Batcher, memoizePer } from './batcher.ts';
import type { Database } from './dynamodb.ts';
import { TransientError } from './errors.ts';
import type { Clock } from './time.ts';

/** One action of a transaction. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Refuses a transaction when an item is not in this state, or not there. */
export const stateCheck = (TableName: string, Key: Record<string, string>, state: string): Write => ({
  ConditionCheck: {
    TableName,
    Key,
    ConditionExpression: '#state = :state',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':state': state },
  },
});

/** Most actions of one TransactWriteItems (DynamoDB API reference). */
export const maxActions = 100;

type Outcome = 'committed' | 'refused';

interface Transaction {
  clock: Clock;
  writes: Write[];
}

/** Two batches of transactions are on their way at most: what comes meanwhile is gathered for the next. */
const batchers = memoizePer(
  (db: Database) =>
    new Batcher<Transaction, Outcome>((transactions) => commitAll(db, transactions), { most: 25, atOnce: 2 }),
);

/**
 * Commits the writes together or not at all. Transactions that meet may be committed as one; when that does not go through,
 * they go again apart, so none suffers from another.
 *
 * @returns `committed`, or `refused` when a condition did not hold
 * @throws TransientError when other transactions kept getting in the way
 */
export function transact(db: Database, clock: Clock, writes: Write[]): Promise<Outcome> {
  return batchers(db).submit({ clock, writes });
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
    if (isValidation(error)) return alone();
    if (!isCancellation(error)) throw error;
    const refused = refusedOf(group, error);
    return refused.size === 0 ? alone() : commitOthers(db, group, refused);
  }
}

/** The transactions of a group with a condition of theirs that did not hold. There is a reason for each write, in their order. */
function refusedOf(group: readonly Transaction[], { CancellationReasons = [] }: TransactionCanceledException) {
  const refused = new Set<Transaction>();
  let from = 0;
  for (const transaction of group) {
    const end = from + transaction.writes.length;
    const own = CancellationReasons.slice(from, end);
    if (own.some(({ Code }) => Code === 'ConditionalCheckFailed')) refused.add(transaction);
    from = end;
  }
  return refused;
}

/**
 * Without those that were refused, nothing may be in the way of the others. A condition may have failed at what another of the
 * group wrote to the same item, so those of which that may be go again, too: by themselves.
 */
async function commitOthers(
  db: Database,
  group: readonly Transaction[],
  refused: ReadonlySet<Transaction>,
): Promise<Outcome[]> {
  const others = group.filter((transaction) => !refused.has(transaction));
  const outcomes = others.length > 0 ? await commitGroup(db, others) : [];
  return Promise.all(
    group.map(async (transaction) => {
      const isFinal =
        refused.has(transaction) && !group.some((other) => other !== transaction && meet(other, transaction));
      return isFinal ? 'refused' : (outcomes[others.indexOf(transaction)] ?? commit(db, transaction));
    }),
  );
}

/** Whether two transactions may be about one item. */
const meet = (one: Transaction, other: Transaction) =>
  one.writes.some((write) => other.writes.some((another) => sameItem(targetOf(write), targetOf(another))));

interface Target {
  TableName: string | undefined;
  /** Of what is put, only DynamoDB knows which attributes are its key. */
  Key?: Record<string, unknown> | undefined;
}

const targetOf = ({ Put, Update, Delete, ConditionCheck }: Write) =>
  (Put ?? Update ?? Delete ?? ConditionCheck) as Target;

const sameItem = (one: Target, other: Target) =>
  one.TableName === other.TableName && (!one.Key || !other.Key || isDeepStrictEqual(one.Key, other.Key));

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
