import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { TransactWriteCommand, type TransactWriteCommandInput, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Database, unlessRefused } from './dynamodb.ts';
import { TransientError } from './errors.ts';
import type { Clock } from './time.ts';

/** One action of a transaction. */
export type Write = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Refuses a transaction if an item is missing or in another state. */
export const stateCheck = (TableName: string, Key: Record<string, string>, state: string): Write => ({
  ConditionCheck: {
    TableName,
    Key,
    ConditionExpression: '#state = :state',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':state': state },
  },
});

/** Refuses a transaction if a row exists, which counts the events of its history in `version`. */
export const absenceCheck = (TableName: string, Key: Record<string, string>): Write => ({
  ConditionCheck: { TableName, Key, ConditionExpression: 'attribute_not_exists(version)' },
});

/** Most actions of one TransactWriteItems (DynamoDB API reference). */
export const maxActions = 100;

type TransactionOutcome = 'committed' | 'refused';

/** Changes one item, at half the cost of a transaction. @returns `refused` if the condition failed */
export async function updateItem(db: Database, update: NonNullable<Write['Update']>): Promise<TransactionOutcome> {
  return (await unlessRefused(db.send(new UpdateCommand(update)))) ? 'committed' : 'refused';
}

const cancelledTries = 12;

/** Reasons of DynamoDB that pass. The SDK does not repeat cancelled transactions, not even for a lack of throughput. */
const passing: ReadonlySet<string | undefined> = new Set([
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/**
 * Commits the writes together or not at all.
 *
 * @returns `committed`, or `refused` if a condition failed
 * @throws TransientError if conflicts with other transactions or a lack of throughput continue
 */
export async function transact(db: Database, clock: Clock, writes: Write[]): Promise<TransactionOutcome> {
  for (let attempt = 0; attempt < cancelledTries; attempt++) {
    try {
      await db.send(new TransactWriteCommand({ TransactItems: writes }));
      return 'committed';
    } catch (error) {
      if (!isCancellation(error)) throw error;
      const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
      if (codes.includes('ConditionalCheckFailed')) return 'refused';
      if (!codes.some((code) => passing.has(code))) throw error;
      await clock.sleep(clock.random() * 20 * 2 ** Math.min(attempt, 6));
    }
  }
  throw new TransientError('DynamoDB: other transactions kept conflicting with this one, or it lacks throughput');
}

/** Returned by an attempt whose write was refused because of a concurrent change. */
export const tryAgain = Symbol('try again');

/**
 * Repeats an attempt until its write is not refused. Each attempt reads the rows, decides, and writes if they are as read.
 *
 * @param subject named by the error, such as `File …`
 * @param maxTries more than the writers that a row may have at once
 * @throws TransientError if concurrent changes refused every attempt
 */
export async function untilCommitted<Result>(
  subject: string,
  attempt: (tried: number) => Promise<Result | typeof tryAgain>,
  maxTries = 20,
): Promise<Result> {
  for (let tried = 0; tried < maxTries; tried++) {
    const result = await attempt(tried);
    if (result !== tryAgain) return result;
  }
  throw new TransientError(`${subject}: concurrent changes prevented the update`);
}

/**
 * Commits many transactions about different items, as many per request as it can hold. If a request fails, its transactions are
 * sent separately, so that none is affected by another.
 *
 * @returns the outcome of each transaction
 */
export async function transactAll(db: Database, clock: Clock, transactions: Write[][]): Promise<TransactionOutcome[]> {
  const outcomes = await Promise.all(groupsOf(transactions).map((group) => transactGroup(db, clock, group)));
  return outcomes.flat();
}

async function transactGroup(db: Database, clock: Clock, group: Write[][]): Promise<TransactionOutcome[]> {
  try {
    if ((await transact(db, clock, group.flat())) === 'committed') return group.map(() => 'committed');
  } catch (error) {
    if (!isValidation(error)) throw error;
  }
  return Promise.all(group.map((writes) => transact(db, clock, writes)));
}

function groupsOf(transactions: readonly Write[][]): Write[][][] {
  const groups: Write[][][] = [];
  let actions = Number.POSITIVE_INFINITY;
  for (const writes of transactions) {
    actions += writes.length;
    if (actions <= maxActions) {
      groups.at(-1)?.push(writes);
    } else {
      groups.push([writes]);
      actions = writes.length;
    }
  }
  return groups;
}

const isCancellation = (error: unknown): error is TransactionCanceledException =>
  error instanceof TransactionCanceledException;

/** Validation failed: two transactions of the group change one item, or the group is too large. */
const isValidation = (error: unknown) => error instanceof Error && error.name === 'ValidationException';
