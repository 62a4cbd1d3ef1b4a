import { isPortalOut } from '../../operations/portal-health.ts';
import { backoff } from '../../platform/backoff.ts';
import { describeError, isRetryable } from '../../platform/errors.ts';
import { PortalError, PortalUnauthorizedError } from '../../portal/errors.ts';
import type { MessageType } from '../../portal/message-schema.ts';
import type { MessageContext } from '../context.ts';
import { dispatchNext } from '../dispatch.ts';
import { hold } from '../hold.ts';
import { markSettled } from '../mark.ts';
import { readMessage } from '../read.ts';
import { isSettled, type LineEntry, type MessageRecord, oneAttemptLess } from '../record.ts';
import { readMessageData } from '../stored-text.ts';
import { isRevocation } from '../turn-order.ts';
import { approvalIncident, needsApproval } from './approval.ts';
import { commitPlan } from './commit.ts';
import type { HandlerContext, MessageHandler, MessagePlan } from './handler.ts';
import { endLease, releaseFailed, takeLease } from './lease.ts';
import { dispatchAfter, dispatchFollowers, findPlace, lettingPass, olderOf } from './line-place.ts';
import { retryMismatched } from './retry-mismatched.ts';

/**
 * Processes one message as far as possible, queues the next messages of its line, and marks it. Ignores a message that is
 * finished, leased by another handler or not next: the handler that finishes the message before it queues it.
 *
 * @param deadline when the caller has to return, in milliseconds since 1970; the lease ends then
 * @returns the messages that were marked, which the caller removes from their lines
 */
export async function handleMessage<Type extends MessageType>(
  context: MessageContext,
  handler: MessageHandler<Type>,
  messageId: string,
  deadline: number,
): Promise<MessageRecord[]> {
  const leased = await takeLease(context, handler.type, messageId, deadline);
  if (!leased) {
    context.log.debug('ignored: finished or leased by another handler', { messageId });
    return [];
  }
  const place = await findPlace(context, leased);
  if (!place) {
    context.log.debug('ignored: not next in its line', { messageId, line: leased.line });
    // It was queued too early: count no attempt, and let it be due as soon as it is next.
    await endLease(context, leased, { dueAt: context.clock.now(), attempts: oneAttemptLess(leased.attempts) });
    return [];
  }
  if (needsApproval(leased, context.settings.holdTypes)) {
    await hold(context, leased, approvalIncident(leased));
    await dispatchNext(context, leased);
    return [];
  }
  const older = olderOf(place);
  const record = await work(context, handler, leased, { ...place, older }, deadline);
  if (!record) return [];
  const retried = await retryMismatched(context, record, place);
  const line = dispatchAfter(context, record, place, retried);
  const settled = isRevocation(record.type)
    ? line.then((now) => settledBy(record, older, now ?? []))
    : Promise.resolve([]);
  const [marked] = await Promise.all([
    settled.then((entries) => markWithSettled(context, record, entries, deadline)),
    line,
    settled.then((entries) => dispatchFollowers(context, [...lettingPass(record, place), ...entries])),
    record.state === 'working' ? handler.start?.() : undefined,
  ]);
  return marked;
}

/** @returns the message after the work, or undefined if another handler has taken it */
async function work<Type extends MessageType>(
  context: MessageContext,
  handler: MessageHandler<Type>,
  leased: MessageRecord,
  place: Pick<HandlerContext<Type>, 'older' | 'entries'>,
  deadline: number,
): Promise<MessageRecord | undefined> {
  let record = leased;
  let isRefused = false;
  try {
    const data = await readMessageData(context, record, handler.type);
    while (record.leaseUntil !== undefined && context.clock.now() < deadline) {
      const handling: HandlerContext<Type> = { context, record, data, ...place, isRefused, deadline };
      const changed = await commitPlan(handling, await nextPlan(handler, handling));
      if (!changed) return undefined;
      isRefused = changed === record;
      record = changed;
    }
    return record;
  } catch (error) {
    await recordFailure(context, record, error);
    return undefined;
  }
}

async function nextPlan<Type extends MessageType>(
  handler: MessageHandler<Type>,
  handling: HandlerContext<Type>,
): Promise<MessagePlan> {
  if (handling.record.state === 'applying' && handler.continueApplying) return handler.continueApplying(handling);
  if (handling.record.state !== 'applied') return handler.plan(handling);
  if (handler.finish) return handler.finish(handling);
  const isSuperseded = (await handler.deliverCredentials?.(handling)) === false;
  return { kind: 'commit', state: isSuperseded ? 'superseded' : 'done', writes: [], history: [] };
}

async function recordFailure(context: MessageContext, record: MessageRecord, error: unknown): Promise<void> {
  const { db, clock, log, tables, settings } = context;
  const { messageId, type: messageType, attempts } = record;
  const lastError = describeError(error);
  log.warn('work failed', { messageId, messageType, attempts, error: lastError });
  // A refused API key is no fault of the message: retry, and count no attempt.
  const isKeyRefused = error instanceof PortalUnauthorizedError;
  const isFinal = !isKeyRefused && (!isRetryable(error) || attempts >= settings.maxAttempts);
  // In an outage a page in front of the portal may refuse what the portal would take.
  const waitsForPortal = isFinal && error instanceof PortalError && (await isPortalOut(db, tables.control));
  if (isFinal && !waitsForPortal) {
    const expected = `${messageType} takes effect`;
    await hold(context, record, {
      kind: 'attempts-used-up',
      subject: messageId,
      messageId,
      expected,
      found: lastError,
    });
  } else {
    const released = {
      lastError,
      dueAt: clock.now() + backoff(attempts, settings.pollSeconds, clock.random),
      attempts: isKeyRefused ? oneAttemptLess(attempts) : Math.min(attempts, settings.maxAttempts - 1),
    };
    await releaseFailed(context, record, released, waitsForPortal);
  }
  await dispatchNext(context, record);
}

/** The older messages that a completed revocation has settled. */
function settledBy(record: MessageRecord, older: readonly LineEntry[], now: readonly LineEntry[]): LineEntry[] {
  if (record.state !== 'done') return [];
  const unsettled = new Set(older.filter((entry) => !isSettled(entry.state)).map(({ messageId }) => messageId));
  return now.filter((entry) => isSettled(entry.state) && unsettled.has(entry.messageId));
}

/**
 * Marks a message after the messages that it superseded: some portals insist on the order. A poll marks what is left at the
 * deadline.
 *
 * @returns the marked ones
 */
async function markWithSettled(
  context: MessageContext,
  record: MessageRecord,
  settled: readonly LineEntry[],
  deadline: number,
): Promise<MessageRecord[]> {
  const marked: MessageRecord[] = [];
  for (const { messageId } of settled) {
    if (context.clock.now() >= deadline) return marked;
    const older = await readMessage(context, messageId);
    if (older && (await markSettled(context, older))) marked.push(older);
  }
  if (await markSettled(context, record)) marked.push(record);
  return marked;
}
