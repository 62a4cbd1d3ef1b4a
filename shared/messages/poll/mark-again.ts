import { raiseIncident } from '../../operations/incidents.ts';
import { updateExpression } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { farthest, isAhead } from '../../platform/time.ts';
import { updateItem } from '../../platform/transaction.ts';
import { PortalError } from '../../portal/errors.ts';
import type { MessageContext } from '../context.ts';
import type { MessageRecord, Relisting } from '../record.ts';
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

/** Longest pause between two calls, in polls and in milliseconds. */
const maxPolls = 16;
const longest = 15 * 60_000;

/**
 * Polls after which an operator should ask DST about a message that is still listed: about an hour, as polls are a minute
 * apart.
 */
const pollsUntilIncident = 60;

/** Longest pause at this poll interval, in milliseconds. */
const longestPause = (pollSeconds: number): number =>
  Math.max(1_000 * pollSeconds, Math.min(maxPolls * 1_000 * pollSeconds, longest));

/**
 * Whether to mark the message again now.
 *
 * @param now milliseconds since 1970
 * @param pollSeconds the interval of polls, in seconds
 */
export const isMarkingDue = (relisting: Relisting | undefined, now: number, pollSeconds: number): boolean =>
  !isAhead(relisting?.nextAt, now, longestPause(pollSeconds));

/**
 * The record after marking the message again: the next call is due at the next poll, then after two, four and so on. Starts
 * anew if the message was not listed for long, or if the times were written by a clock that was ahead.
 *
 * @param now milliseconds since 1970
 * @param pollSeconds the interval of polls, in seconds
 */
export function afterMarkingAgain(before: Relisting | undefined, now: number, pollSeconds: number): Relisting {
  const poll = 1_000 * pollSeconds;
  const most = longestPause(pollSeconds);
  const goesOn = before && before.nextAt <= farthest(now, most) && now < before.nextAt + most + poll;
  const { since, told } = goesOn ? before : { since: now, told: 0 };
  // Half an interval less, because polls are not exactly on time.
  return { since, told: told + 1, nextAt: now + Math.min(2 ** told * poll, most) - poll / 2 };
}

/** Whether an operator should ask DST about the message. */
export const needsPerson = ({ since }: Relisting, now: number, pollSeconds: number): boolean =>
  now - since >= pollsUntilIncident * 1_000 * pollSeconds;
