import { raiseIncident } from '../../operations/incidents.ts';
import { updateExpression } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { updateItem } from '../../platform/transaction.ts';
import { PortalError } from '../../portal/errors.ts';
import type { MessageContext } from '../context.ts';
import type { MessageRecord } from '../record.ts';
import { afterMarkingAgain, isMarkingDue, needsPerson } from '../relisting.ts';
import { messageExpiry } from '../retention.ts';

/** The attributes needed of a marked message that the portal still lists. */
export const relistedAttributes = ['messageId', 'portalId', 'type', 'relisting'] as const;
export type Relisted = Pick<MessageRecord, (typeof relistedAttributes)[number]>;

/**
 * Marks a message in the portal again, with increasing pauses. Opens an incident if the portal goes on listing the message for
 * about an hour.
 */
export async function markAgain(context: MessageContext, record: Relisted): Promise<void> {
  const { db, portal, clock, log, tables, settings } = context;
  const { messageId, portalId = messageId, type: messageType } = record;
  const now = clock.now();
  if (!isMarkingDue(record.relisting, now, settings.pollSeconds)) return;
  const relisting = afterMarkingAgain(record.relisting, now, settings.pollSeconds);
  // Before the call, so that a call whose answer is lost is counted. If the row expired, the message would be carried out anew.
  const noted = await updateItem(db, {
    TableName: tables.messages,
    Key: { messageId },
    ConditionExpression: 'attribute_exists(messageId)',
    ...updateExpression({ relisting, expiresAt: messageExpiry(now) }),
  });
  if (noted === 'refused') return;
  try {
    const outcome = await portal.markMessage(portalId);
    log.info('marked again', { messageId, messageType, outcome, told: relisting.told });
  } catch (error) {
    if (!(error instanceof PortalError)) throw error;
    log.warn('marking failed', { messageId, error: describeError(error) });
  }
  if (!needsPerson(relisting, now, settings.pollSeconds)) return;
  const expected = 'not listed any more, because it is marked';
  const found = `marked ${relisting.told} times more, and still listed`;
  await raiseIncident(context, { kind: 'marking-refused', subject: messageId, messageId, expected, found });
}
