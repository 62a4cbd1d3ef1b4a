import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Write } from '../platform/transaction.ts';
import type { Bridge } from './bridge.ts';

const key = { name: 'poll' };

/**
 * Makes the caller the only one that polls.
 *
 * @param deadline when the lease ends, in milliseconds since 1970
 * @returns the poll's number, or nothing while another poll is at work
 */
export async function takePollLease(bridge: Bridge, deadline: number): Promise<number | undefined> {
  const { db, clock, tables, settings } = bridge;
  try {
    const answer = await db.send(
      new UpdateCommand({
        TableName: tables.control,
        Key: key,
        // Who asks whether polls are late has to know how often they come.
        UpdateExpression:
          'SET leaseUntil = :deadline, startedAt = :now, holder = :holder, pollSeconds = :pollSeconds ADD #counter :one',
        // Ours already, when the answer to the same request was lost and the SDK sends it again.
        ConditionExpression: 'attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR holder = :holder',
        ExpressionAttributeNames: { '#counter': 'counter' },
        ExpressionAttributeValues: {
          ':deadline': deadline,
          ':now': clock.now(),
          ':holder': randomUUID(),
          ':pollSeconds': settings.pollSeconds,
          ':one': 1,
        },
        ReturnValues: 'ALL_NEW',
      }),
    );
    return answer.Attributes?.counter as number;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

/** Lets a transaction through only while the poll of this number holds the lease. */
export const whileHolding = ({ tables }: Bridge, poll: number): Write => ({
  ConditionCheck: { TableName: tables.control, Key: key, ...heldBy(poll) },
});

/**
 * Ends the lease before its time; does nothing when a later poll has taken it.
 *
 * @param wentWell whether all of the poll was done, which tells people that polls are not only begun
 */
export async function releasePollLease({ db, clock, tables }: Bridge, poll: number, wentWell: boolean): Promise<void> {
  try {
    const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = heldBy(poll);
    await db.send(
      new UpdateCommand({
        TableName: tables.control,
        Key: key,
        UpdateExpression: `SET finishedAt = :now${wentWell ? ', succeededAt = :now' : ''} REMOVE leaseUntil`,
        ConditionExpression,
        ExpressionAttributeNames,
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ':now': clock.now() },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

const heldBy = (poll: number) => ({
  ConditionExpression: '#counter = :poll',
  ExpressionAttributeNames: { '#counter': 'counter' },
  ExpressionAttributeValues: { ':poll': poll },
});
