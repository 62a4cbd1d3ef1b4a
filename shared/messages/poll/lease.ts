import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused, updateExpression } from '../../platform/dynamodb.ts';
import { farthest } from '../../platform/time.ts';
import { updateItem, type Write } from '../../platform/transaction.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { MessageContext } from '../context.ts';
import { longestMessageLease } from '../due.ts';

const key = { name: 'poll' };

/**
 * Takes the lease of the poll, so that only one poll runs at a time.
 *
 * @param deadline when the lease ends, in milliseconds since 1970
 * @returns undefined while another poll is running
 */
export async function takePollLease(context: MessageContext, deadline: number): Promise<PollBegin | undefined> {
  const { db, clock, tables, settings } = context;
  const answer = await unlessRefused(
    db.send(
      new UpdateCommand({
        TableName: tables.control,
        Key: key,
        // The interval is stored for the health check, which compares it with the time of the last poll.
        UpdateExpression:
          'SET leaseUntil = :deadline, startedAt = :now, holder = :holder, pollSeconds = :pollSeconds ADD #counter :one',
        // True also if the SDK repeats our own request because its answer was lost.
        ConditionExpression:
          'attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest OR holder = :holder',
        ExpressionAttributeNames: { '#counter': 'counter' },
        ExpressionAttributeValues: {
          ':deadline': deadline,
          ':now': clock.now(),
          // Later times were written by a clock that was ahead.
          ':farthest': farthest(clock.now(), longestMessageLease),
          ':holder': randomUUID(),
          ':pollSeconds': settings.pollSeconds,
          ':one': 1,
        },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  return (
    answer && { number: answer.Attributes?.counter as number, left: answer.Attributes?.left as number | undefined }
  );
}

/** A poll that holds the lease. */
export interface PollBegin {
  number: number;
  /** Messages not marked yet that the last poll left, if there was one that came to its end. */
  left: number | undefined;
}

/** Refuses a transaction unless the poll with this number holds the lease. */
export const whileHolding = ({ tables }: MessageContext, poll: number): Write => ({
  ConditionCheck: { TableName: tables.control, Key: key, ...heldBy(poll) },
});

/** The outcome of a poll. */
export interface PollEnd {
  /** Whether the list was complete and every step succeeded. */
  wentWell: boolean;
  /** When a complete list was received, in milliseconds since 1970; undefined if the list was incomplete. */
  listedAt?: number | undefined;
  /** Messages not marked yet that the poll leaves; undefined if it did not come to its end. */
  left?: number | undefined;
}

/** Releases the lease early and records the poll's outcome. Does nothing if a later poll has taken the lease. */
export async function releasePollLease(
  { db, clock, tables }: MessageContext,
  poll: number,
  { wentWell, listedAt, left }: PollEnd,
): Promise<void> {
  const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = heldBy(poll);
  const now = clock.now();
  const update = updateExpression({
    finishedAt: now,
    ...(wentWell && { succeededAt: now }),
    ...omitUndefined({ listedAt, left }),
    leaseUntil: undefined,
  });
  await updateItem(db, {
    TableName: tables.control,
    Key: key,
    ...update,
    ConditionExpression,
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, ...ExpressionAttributeNames },
    ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ...ExpressionAttributeValues },
  });
}

const heldBy = (poll: number) => ({
  ConditionExpression: '#counter = :poll',
  ExpressionAttributeNames: { '#counter': 'counter' },
  ExpressionAttributeValues: { ':poll': poll },
});
