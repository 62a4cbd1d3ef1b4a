import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { updateExpression } from '../../platform/dynamodb.ts';
import { farthest } from '../../platform/time.ts';
import type { Write } from '../../platform/transaction.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { MessageContext } from '../context.ts';
import { longestLease } from '../dispatch.ts';

const key = { name: 'poll' };

/**
 * Makes the caller the only one that polls.
 *
 * @param deadline when the lease ends, in milliseconds since 1970
 * @returns the poll's number, or nothing while another poll is at work
 */
export async function takePollLease(context: MessageContext, deadline: number): Promise<number | undefined> {
  const { db, clock, tables, settings } = context;
  try {
    const answer = await db.send(
      new UpdateCommand({
        TableName: tables.control,
        Key: key,
        // Who asks whether polls are late has to know how often they come.
        UpdateExpression:
          'SET leaseUntil = :deadline, startedAt = :now, holder = :holder, pollSeconds = :pollSeconds ADD #counter :one',
        // Ours already, when the answer to the same request was lost and the SDK sends it again.
        ConditionExpression:
          'attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest OR holder = :holder',
        ExpressionAttributeNames: { '#counter': 'counter' },
        ExpressionAttributeValues: {
          ':deadline': deadline,
          ':now': clock.now(),
          // Written by a clock that was ahead.
          ':farthest': farthest(clock.now(), longestLease),
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
export const whileHolding = ({ tables }: MessageContext, poll: number): Write => ({
  ConditionCheck: { TableName: tables.control, Key: key, ...heldBy(poll) },
});

/** How a poll ended. */
export interface PollEnd {
  /** Whether the list was complete and everything else was done. */
  wentWell: boolean;
  /** When a complete list came, in milliseconds since 1970; undefined when none did. */
  listedAt?: number | undefined;
}

/** Ends the lease before its time and records how the poll ended. Does nothing when a later poll has taken the lease. */
export async function releasePollLease(
  { db, clock, tables }: MessageContext,
  poll: number,
  { wentWell, listedAt }: PollEnd,
): Promise<void> {
  try {
    const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = heldBy(poll);
    const now = clock.now();
    const update = updateExpression({
      finishedAt: now,
      ...(wentWell && { succeededAt: now }),
      ...omitUndefined({ listedAt }),
      leaseUntil: undefined,
    });
    await db.send(
      new UpdateCommand({
        TableName: tables.control,
        Key: key,
        ...update,
        ConditionExpression,
        ExpressionAttributeNames: { ...update.ExpressionAttributeNames, ...ExpressionAttributeNames },
        ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...ExpressionAttributeValues },
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
