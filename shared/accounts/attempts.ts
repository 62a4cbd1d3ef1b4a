import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem, unlessRefused } from '../platform/dynamodb.ts';
import { tryAgain, untilCommitted, updateItem } from '../platform/transaction.ts';
import { type AttemptLimit, type Attempts, countAttempt, quietTime, waitOf } from './attempt-limit.ts';
import type { AccountContext } from './context.ts';
import { foldUserName } from './user-name.ts';

/** Characters of a user name that tell records apart; a key of DynamoDB has 2,048 bytes at most. */
const maxSubject = 256;

/** The record of the tries with a user name, whether somebody has the name or not. */
export const nameSubject = (userName: string): string => `name#${foldUserName(userName).slice(0, maxSubject)}`;

export const addressSubject = (address: string): string => `address#${address}`;

/**
 * Counts a try to sign in before the password is looked at, so that tries side by side are as few as one after the other.
 *
 * @param subject of `nameSubject` or `addressSubject`
 * @returns milliseconds to wait when the try is not allowed; 0 when it is, and counted
 */
export async function beginAttempt(context: AccountContext, subject: string, limit: AttemptLimit): Promise<number> {
  const { db, clock, tables } = context;
  return untilCommitted('Tries to sign in', async () => {
    const now = clock.now();
    if (await countFree(context, subject, limit, now)) return 0;
    const attempts = await getItem<Attempts>(db, tables.attempts, { subject });
    const wait = waitOf(limit, attempts, now);
    if (wait > 0) return wait;
    return (await write(context, subject, attempts, countAttempt(attempts, now))) ? 0 : tryAgain;
  });
}

/** Forgets the tries of a user name whose owner has signed in. */
export async function forgetAttempts({ db, tables }: AccountContext, subject: string): Promise<void> {
  await db.send(new DeleteCommand({ TableName: tables.attempts, Key: { subject } }));
}

/** Takes a try back that was right: many people of one address sign in without waiting for one another. */
export async function takeBackAttempt({ db, tables }: AccountContext, subject: string): Promise<void> {
  await updateItem(db, {
    TableName: tables.attempts,
    Key: { subject },
    UpdateExpression: 'SET failures = failures - :one',
    ConditionExpression: 'failures > :none',
    ExpressionAttributeValues: { ':one': 1, ':none': 0 },
  });
}

/** Counts a try that is free, without reading: many from one address get in one another's way no more than they must. */
async function countFree(
  { db, tables }: AccountContext,
  subject: string,
  { free }: AttemptLimit,
  now: number,
): Promise<boolean> {
  const outcome = await updateItem(db, {
    TableName: tables.attempts,
    Key: { subject },
    UpdateExpression: 'SET failures = failures + :one, lastAt = :now, expiresAt = :expiresAt',
    ConditionExpression: 'failures < :free AND lastAt > :forgotten',
    ExpressionAttributeValues: {
      ':one': 1,
      ':now': now,
      ':expiresAt': expiryOf(now),
      ':free': free,
      ':forgotten': now - quietTime,
    },
  });
  return outcome === 'committed';
}

/** Writes the record if nobody else has since it was read. */
const write = ({ db, tables }: AccountContext, subject: string, before: Attempts | undefined, after: Attempts) =>
  unlessRefused(
    db.send(
      new PutCommand({
        TableName: tables.attempts,
        Item: { subject, ...after, expiresAt: expiryOf(after.lastAt) },
        ConditionExpression: before ? 'failures = :failures AND lastAt = :lastAt' : 'attribute_not_exists(subject)',
        ...(before && { ExpressionAttributeValues: { ':failures': before.failures, ':lastAt': before.lastAt } }),
      }),
    ),
  );

/** Seconds since 1970 when DynamoDB may remove a record: later than it is forgotten. */
const expiryOf = (lastAt: number) => Math.ceil((lastAt + 3 * quietTime) / 1_000);
