import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { raiseIncident } from '../operations/incidents.ts';
import { batchDelete, updateExpression } from '../platform/dynamodb.ts';
import { describeError } from '../platform/errors.ts';
import { emfMetrics } from '../platform/metrics.ts';
import { updateItem } from '../platform/transaction.ts';
import { PortalError } from '../portal/errors.ts';
import type { MessageContext } from './context.ts';
import { isSettled, type MessageRecord } from './record.ts';
import { messageExpiry } from './retention.ts';

/** Refusals after which an operator should ask DST: about an hour, as polls are a minute apart. */
const refusalsUntilIncident = 60;

/** The attributes of a message needed to mark it. The text is left out because it may be long. */
export const markingAttributes = [
  'messageId',
  'portalId',
  'type',
  'line',
  'position',
  'state',
  'version',
  'settledAt',
  'markRefusals',
  'idReused',
] as const;
export type Markable = Pick<MessageRecord, (typeof markingAttributes)[number]>;

/**
 * Marks a settled message in the portal. If the portal cannot be reached or refuses, the message stays settled and the next
 * poll tries again, so a failure of the portal is no error here.
 *
 * @param waitsForOlder whether an older message of its line is not marked yet: a portal that insists on the order then refuses
 *   rightly until the older message is marked
 * @returns whether the message is marked: its entry in its line is then to be removed
 */
export async function markSettled(context: MessageContext, record: Markable, waitsForOlder = false): Promise<boolean> {
  if (!isSettled(record.state) || record.idReused) return false;
  try {
    const outcome = await context.portal.markMessage(record.portalId ?? record.messageId);
    if (outcome === 'marked' || outcome === 'already-marked') return await recordMarked(context, record);
    await recordRefusal(context, record, outcome, waitsForOlder);
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    context.log.warn('marking failed', { messageId: record.messageId, error: describeError(error) });
  }
  return false;
}

/** Marks settled messages concurrently, and removes the marked ones from their lines. */
export async function markAndRemove(context: MessageContext, records: readonly Markable[]): Promise<void> {
  const marked = await Promise.all(records.map((record) => markSettled(context, record)));
  await removeEntries(
    context,
    records.filter((_, index) => marked[index]),
  );
}

/**
 * Forbids marking a message because the portal listed another message under its id: marking the first would mark the other,
 * which is not processed.
 */
export async function forbidMarking({ db, tables }: MessageContext, messageId: string): Promise<void> {
  await updateItem(db, {
    TableName: tables.messages,
    Key: { messageId },
    ConditionExpression: 'attribute_exists(messageId)',
    ...updateExpression({ idReused: true }),
  });
}

/**
 * Records that the portal has marked a message. Its entry stays in its line, where it is in nobody's way, until the caller
 * removes it, or after a crash the next poll.
 *
 * @returns false if the message has changed since it was read
 */
export async function recordMarked(context: MessageContext, record: Markable): Promise<boolean> {
  const now = context.clock.now();
  const { messageId, type: messageType, version } = record;
  const changes = { state: 'marked', markedAt: now, expiresAt: messageExpiry(now) };
  const outcome = await updateItem(context.db, {
    TableName: context.tables.messages,
    Key: { messageId },
    ConditionExpression: 'version = :read',
    ...updateExpression({ ...changes, version: version + 1 }, { ':read': version }),
  });
  if (outcome !== 'committed') return false;
  context.log.info('marked', { messageId, messageType, ...emfMetrics({ MessagesMarked: 1 }, now) });
  return true;
}

/** Removes marked messages, each once, from their lines. */
export async function removeEntries(
  { db, clock, tables }: MessageContext,
  marked: readonly Pick<MessageRecord, 'line' | 'position'>[],
): Promise<void> {
  const keys = marked.map(({ line, position }) => ({ line, position }));
  await batchDelete(db, clock, tables.lines, keys);
}

async function recordRefusal(
  context: MessageContext,
  record: Markable,
  outcome: string,
  waitsForOlder: boolean,
): Promise<void> {
  const { db, tables, log } = context;
  const refusals = (record.markRefusals ?? 0) + 1;
  await db.send(
    new UpdateCommand({
      TableName: tables.messages,
      Key: { messageId: record.messageId },
      UpdateExpression: 'SET markRefusals = :refusals',
      ExpressionAttributeValues: { ':refusals': refusals },
    }),
  );
  log.warn('the portal refused to mark', { messageId: record.messageId, messageType: record.type, outcome, refusals });
  if (refusals < refusalsUntilIncident || waitsForOlder) return;
  const { messageId } = record;
  await raiseIncident(context, {
    kind: 'marking-refused',
    subject: messageId,
    messageId,
    expected: 'marked',
    found: outcome,
  });
}
