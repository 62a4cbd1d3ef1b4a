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
 * Takes a message to work on it alone.
 *
 * @param deadline when the lease ends, in milliseconds since 1970
 * @returns the message, or nothing when it is finished, at work elsewhere or of another type, or when all work is paused
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

/** Ends the lease before its time, unless somebody else has the message by now. */
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

/** The same after a failure: from now on no revocation of an access waits for the message, nor for what is behind it. */
export async function releaseFailed(
  context: MessageContext,
  record: MessageRecord,
  changes: Pick<MessageRecord, 'lastError' | 'dueAt' | 'attempts'>,
): Promise<void> {
  const released = { ...changes, leaseUntil: undefined };
  await transact(context.db, context.clock, transitionWrites(context, record, record.state, released, { fails: true }));
}

/** Refuses a transaction when somebody else has taken the message: clocks may differ by more than a lease is long. */
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
 * Whether there is time, and nobody else has taken the message. What changes many rows at a time can't check that in each
 * transaction, for they would refuse one another; it asks after it has read the rows, and changes each on condition that it is
 * as it was read. So it touches nothing that came after the message.
 */
export async function mayGoOn({ context, record, deadline }: Omit<HandlerContext, 'data'>): Promise<boolean> {
  return !isOver(context, deadline) && (await readMessage(context, record.messageId))?.version === record.version;
}
