import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { cut } from '../platform/cut.ts';
import { getItem, unlessRefused } from '../platform/dynamodb.ts';
import { tryAgain, untilCommitted, updateItem } from '../platform/transaction.ts';
import { type AttemptLimit, type Attempts, countAttempt, quietTime, waitOf } from './attempt-limit.ts';
import type { AccountContext } from './context.ts';
import { networkOf } from './network.ts';
import { foldUserName } from './user-name.ts';

/** Most characters of a user name in a key; a key of DynamoDB has at most 2,048 bytes. */
const maxSubject = 256;

/** Key of the attempts with a user name, whether or not an account has the name. */
export const nameSubject = (userName: string): string => `name#${cut(foldUserName(userName), maxSubject)}`;

export const addressSubject = (address: string): string => `address#${networkOf(address)}`;

/**
 * Counts an attempt to sign in before the password is checked, so that concurrent attempts are limited like consecutive ones.
 *
 * @param subject of `nameSubject` or `addressSubject`
 * @returns milliseconds to wait if the attempt is refused; 0 if it is allowed and counted
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

/** Forgets the attempts with a user name whose owner has signed in. */
export async function forgetAttempts({ db, tables }: AccountContext, subject: string): Promise<void> {
  await db.send(new DeleteCommand({ TableName: tables.attempts, Key: { subject } }));
}

/** Takes back the count of a successful attempt, so that many people at one address sign in without waiting for one another. */
export async function takeBackAttempt({ db, tables }: AccountContext, subject: string): Promise<void> {
  await updateItem(db, {
    TableName: tables.attempts,
    Key: { subject },
    UpdateExpression: 'SET failures = failures - :one',
    ConditionExpression: 'failures > :none',
    ExpressionAttributeValues: { ':one': 1, ':none': 0 },
  });
}

/** Counts an attempt below the limit without reading first, so that concurrent attempts from one address rarely conflict. */
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

/** Writes the record unless it has changed since it was read. */
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

/** Time in seconds since 1970 when DynamoDB may remove a record, after the record is forgotten. */
const expiryOf = (lastAt: number) => Math.ceil((lastAt + 3 * quietTime) / 1_000);
