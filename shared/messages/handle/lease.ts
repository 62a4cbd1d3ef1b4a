import { isPaused } from '../../operations/pause.ts';
import { updateExpression } from '../../platform/dynamodb.ts';
import { isAhead } from '../../platform/time.ts';
import { transact, updateItem, type Write } from '../../platform/transaction.ts';
import type { MessageContext } from '../context.ts';
import { longestLease, readMessage } from '../dispatch.ts';
import type { MessageRecord } from '../record.ts';
import { transitionWrites } from '../transition.ts';
import { isWorkable } from '../turn-order.ts';
import { type HandlerContext, isOver } from './handler.ts';

/**
 * Leases a message, so that no other handler processes it.
 *
 * @param deadline when the lease ends, in milliseconds since 1970
 * @returns the message, or undefined if it is finished, leased by another handler or of another type, or if all work is paused
 */
export async function takeLease(
  context: MessageContext,
  type: string,
  messageId: string,
  deadline: number,
): Promise<MessageRecord | undefined> {
  const { db, clock, tables } = context;
  const [record, paused] = await Promise.all([readMessage(context, messageId), isPaused(db, tables.control)]);
  if (
    paused ||
    record?.type !== type ||
    !isWorkable(record.state) ||
    isAhead(record.leaseUntil, clock.now(), longestLease)
  )
    return undefined;
  const changes = { leaseUntil: deadline, version: record.version + 1 };
  const taken = { ...updateExpression(changes, { ':read': record.version }), ConditionExpression: 'version = :read' };
  const outcome = await updateItem(db, { TableName: tables.messages, Key: { messageId }, ...taken });
  return outcome === 'committed' ? { ...record, ...changes } : undefined;
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
 */
export async function releaseFailed(
  context: MessageContext,
  record: MessageRecord,
  changes: Pick<MessageRecord, 'lastError' | 'dueAt' | 'attempts'>,
): Promise<void> {
  const released = { ...changes, leaseUntil: undefined };
  await transact(context.db, context.clock, transitionWrites(context, record, record.state, released, { fails: true }));
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
