import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unlessRefused, updateExpression } from '../../platform/dynamodb.ts';
import { transact, updateItem, type Write } from '../../platform/transaction.ts';
import type { MessageContext } from '../context.ts';
import { isUnleased, unleasedValues } from '../due.ts';
import { readMessage } from '../read.ts';
import type { MessageRecord } from '../record.ts';
import { transitionWrites } from '../transition.ts';
import { workable } from '../turn-order.ts';
import { type HandlerContext, isOver } from './handler.ts';

const workableStates = Object.fromEntries([...workable].map((state) => [`:${state}`, state]));
const isWorkableState = Object.keys(workableStates)
  .map((placeholder) => `#state = ${placeholder}`)
  .join(' OR ');

/**
 * Leases a message, so that no other handler processes it.
 *
 * @param deadline when the lease ends, in milliseconds since 1970
 * @returns the message, or undefined if it is finished, leased by another handler or of another type
 */
export async function takeLease(
  context: MessageContext,
  type: string,
  messageId: string,
  deadline: number,
): Promise<MessageRecord | undefined> {
  const { db, clock, tables } = context;
  const answer = await unlessRefused(
    db.send(
      new UpdateCommand({
        TableName: tables.messages,
        Key: { messageId },
        UpdateExpression: 'SET leaseUntil = :deadline ADD version :one',
        ConditionExpression: `#type = :type AND (${isWorkableState}) AND ${isUnleased}`,
        ExpressionAttributeNames: { '#type': 'type', '#state': 'state' },
        ExpressionAttributeValues: {
          ':deadline': deadline,
          ':one': 1,
          ':type': type,
          ...workableStates,
          ...unleasedValues(clock.now()),
        },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  return answer?.Attributes as MessageRecord | undefined;
}

/** Takes back the queueing of a message whose queue message is dropped: the attempt does not count, and it is due at once. */
export async function giveBack({ db, clock, tables }: MessageContext, messageId: string): Promise<void> {
  await updateItem(db, {
    TableName: tables.messages,
    Key: { messageId },
    UpdateExpression: 'SET dueAt = :now ADD attempts :less',
    ConditionExpression: `attempts > :none AND (${isWorkableState}) AND ${isUnleased}`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':less': -1, ':none': 0, ...workableStates, ...unleasedValues(clock.now()) },
  });
}

/** Releases the lease early, unless another handler has taken the message. */
export async function endLease(
  context: MessageContext,
  record: MessageRecord,
  changes: Partial<MessageRecord>,
): Promise<void> {
  const { db, tables } = context;
  const { messageId, version } = record;
  const released = updateExpression({ ...changes, leaseUntil: undefined, version: version + 1 }, { ':read': version });
  const Key = { messageId };
  await updateItem(db, { TableName: tables.messages, Key, ConditionExpression: 'version = :read', ...released });
}

/**
 * Releases the lease after a failure. From now on revocations of accesses wait neither for the message nor for the messages
 * behind it.
 *
 * @param yields whether deletions do not wait either
 */
export async function releaseFailed(
  context: MessageContext,
  record: MessageRecord,
  changes: Pick<MessageRecord, 'lastError' | 'dueAt' | 'attempts'>,
  yields: boolean,
): Promise<void> {
  const released = { ...changes, leaseUntil: undefined };
  const standing = { fails: true, yields: yields || undefined };
  await transact(context.db, context.clock, transitionWrites(context, record, record.state, released, standing));
}

/** Refuses a transaction if another handler has taken the message: clocks may differ by more than the length of a lease. */
export const leaseCheck = (
  { tables }: Pick<MessageContext, 'tables'>,
  { messageId, version }: MessageRecord,
): Write => ({
  ConditionCheck: {
    TableName: tables.messages,
    Key: { messageId },
    ConditionExpression: 'version = :read',
    ExpressionAttributeValues: { ':read': version },
  },
});

/**
 * Whether time is left and no other handler has taken the message. For effects that change many rows concurrently: a check of
 * the lease in each of their transactions would make the transactions conflict. They call this after reading the rows, and
 * change each row only if it is as read, so they touch nothing that came after the message.
 */
export async function mayGoOn({ context, record, deadline }: Omit<HandlerContext, 'data'>): Promise<boolean> {
  return !isOver(context, deadline) && (await readMessage(context, record.messageId))?.version === record.version;
}
