import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { raiseIncident } from '../operations/incidents.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import { describeError } from '../platform/errors.ts';
import { emfMetrics } from '../platform/metrics.ts';
import { transact, updateItem } from '../platform/transaction.ts';
import { PortalError } from '../portal/errors.ts';
import type { MessageContext } from './context.ts';
import { isSettled, type MessageRecord } from './record.ts';
import { transitionWrites } from './transition.ts';

const day = 86_400;

/** How long a message is kept after it was marked, in days. */
const keptDays = 400;

/** Refusals after which a person should ask DST. Polls are a minute apart, so this is about an hour. */
const refusalsUntilIncident = 60;

/** What has to be known of a message to mark it; its text, which may be long, is not read. */
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
 * Tells the portal that a settled message is processed. A portal that can't be reached or that refuses leaves the message
 * settled, for the next poll to try again; so a portal's failure is no error here.
 *
 * @param waitsForOlder whether an older message of its line is not marked yet: then a portal that insists on the order
 *   refuses rightly, for as long as the older one's work takes
 */
export async function markSettled(context: MessageContext, record: Markable, waitsForOlder = false): Promise<void> {
  if (!isSettled(record.state) || record.idReused) return;
  try {
    const outcome = await context.portal.markMessage(record.portalId ?? record.messageId);
    if (outcome === 'marked' || outcome === 'already-marked') await recordMarked(context, record);
    else await recordRefusal(context, record, outcome, waitsForOlder);
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    context.log.warn('marking failed', { messageId: record.messageId, error: describeError(error) });
  }
}

/** Another message came with this one's id: to mark this one would mark that one, whose work nobody has done. */
export async function forbidMarking({ db, tables }: MessageContext, messageId: string): Promise<void> {
  await updateItem(db, {
    TableName: tables.messages,
    Key: { messageId },
    ConditionExpression: 'attribute_exists(messageId)',
    ...updateExpression({ idReused: true }),
  });
}

/** Ends a message's way: the portal has it as processed. */
export async function recordMarked(context: MessageContext, record: Markable): Promise<void> {
  const now = context.clock.now();
  const outcome = await transact(
    context.db,
    context.clock,
    transitionWrites(context, record, 'marked', { markedAt: now, expiresAt: Math.floor(now / 1000) + keptDays * day }),
  );
  if (outcome !== 'committed') return;
  const { messageId, type: messageType } = record;
  context.log.info('marked', { messageId, messageType, ...emfMetrics({ MessagesMarked: 1 }, now) });
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
