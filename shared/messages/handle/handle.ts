import { approvalIncident, needsApproval } from '../../operations/approval.ts';
import { describeError, isRetryable } from '../../platform/errors.ts';
import { backoff } from '../../platform/time.ts';
import { PortalUnauthorizedError } from '../../portal/errors.ts';
import type { MessageType } from '../../portal/messages.ts';
import type { Bridge } from '../context.ts';
import { dispatchLine, readMessage } from '../dispatch.ts';
import { hold } from '../hold.ts';
import { markSettled } from '../mark.ts';
import { isSettled, type LineEntry, type MessageRecord, oneAttemptLess } from '../record.ts';
import { readContent } from '../stored-text.ts';
import { isRevocation } from '../turn-order.ts';
import { carryOut } from './commit.ts';
import type { Effect, Plan, Turn } from './handler.ts';
import { release, releaseFailed, takeLease } from './lease.ts';
import { dispatchAfter, dispatchFollowers, olderOf, placeOf } from './place.ts';
import { retryFitting } from './retry-fitting.ts';

/**
 * Works on one message for as long as there is something to do, queues what is next in its line, and marks it.
 * A message that is finished, at work elsewhere or not next is dropped: whoever finishes it goes on.
 *
 * @param deadline when the caller has to be done, in milliseconds since 1970; the lease ends then
 */
export async function handleMessage<Type extends MessageType>(
  bridge: Bridge,
  effect: Effect<Type>,
  messageId: string,
  deadline: number,
): Promise<void> {
  const leased = await takeLease(bridge, effect.type, messageId, deadline);
  if (!leased) {
    bridge.log.debug('dropped: finished, at work elsewhere or paused', { messageId });
    return;
  }
  const place = await placeOf(bridge, leased);
  if (!place) {
    bridge.log.debug('dropped: not next in its line', { messageId, line: leased.line });
    // It was put to work too early, which is no attempt and must not make it wait when it is next.
    await release(bridge, leased, { dueAt: bridge.clock.now(), attempts: oneAttemptLess(leased.attempts) });
    return;
  }
  if (needsApproval(leased, bridge.settings.holdTypes)) {
    await hold(bridge, leased, approvalIncident(leased));
    await dispatchLine(bridge, leased.line);
    return;
  }
  const older = olderOf(place);
  const record = await work(bridge, effect, leased, { ...place, older }, deadline);
  if (!record) return;
  const retried = await retryFitting(bridge, record, place);
  const line = dispatchAfter(bridge, record, place, retried);
  const moot = isRevocation(record.type) ? line.then((now) => mootBy(record, older, now ?? [])) : Promise.resolve([]);
  await Promise.all([
    line,
    moot.then((settled) => markWithMoot(bridge, record, settled, deadline)),
    moot.then((settled) => dispatchFollowers(bridge, [place.own, ...settled])),
    record.state === 'working' ? effect.start?.() : undefined,
  ]);
}

/** @returns the message as it stands afterwards, or nothing when somebody else went on with it */
async function work<Type extends MessageType>(
  bridge: Bridge,
  effect: Effect<Type>,
  leased: MessageRecord,
  place: Pick<Turn<Type>, 'older' | 'entries'>,
  deadline: number,
): Promise<MessageRecord | undefined> {
  let record = leased;
  try {
    const data = await readContent(bridge, record, effect.type);
    while (record.leaseUntil !== undefined && bridge.clock.now() < deadline) {
      const turn: Turn<Type> = { bridge, record, data, ...place, deadline };
      const changed = await carryOut(turn, await nextPlan(effect, turn));
      if (!changed) return undefined;
      record = changed;
    }
    return record;
  } catch (error) {
    await recordFailure(bridge, record, error);
    return undefined;
  }
}

async function nextPlan<Type extends MessageType>(effect: Effect<Type>, turn: Turn<Type>): Promise<Plan> {
  if (turn.record.state === 'applying' && effect.proceed) return effect.proceed(turn);
  if (turn.record.state !== 'applied') return effect.plan(turn);
  const isMoot = (await effect.deliver?.(turn)) === false;
  return { kind: 'commit', state: isMoot ? 'superseded' : 'done', writes: [], history: [] };
}

async function recordFailure(bridge: Bridge, record: MessageRecord, error: unknown): Promise<void> {
  const { clock, log, settings } = bridge;
  const { messageId, type: messageType, attempts } = record;
  const lastError = describeError(error);
  // A wrong API key says nothing about the message: it is tried again, and no attempt is counted.
  const unauthorized = error instanceof PortalUnauthorizedError;
  log.warn('work failed', { messageId, messageType, attempts, error: lastError });
  if (!unauthorized && (!isRetryable(error) || attempts >= settings.maxAttempts)) {
    const expected = `${messageType} takes effect`;
    await hold(bridge, record, { kind: 'attempts-used-up', subject: messageId, messageId, expected, found: lastError });
  } else {
    await releaseFailed(bridge, record, {
      lastError,
      dueAt: clock.now() + backoff(attempts, settings.pollSeconds, clock.random),
      attempts: unauthorized ? oneAttemptLess(attempts) : attempts,
    });
  }
  // Revocations may pass it now.
  await dispatchLine(bridge, record.line);
}

/** The older messages that are settled because a revocation is done. */
function mootBy(record: MessageRecord, older: readonly LineEntry[], now: readonly LineEntry[]): LineEntry[] {
  if (record.state !== 'done') return [];
  const unsettled = new Set(older.filter((entry) => !isSettled(entry.state)).map(({ messageId }) => messageId));
  return now.filter((entry) => isSettled(entry.state) && unsettled.has(entry.messageId));
}

/** Marks a message after those that it made moot: some portals insist on the order. What is left at the deadline a poll marks. */
async function markWithMoot(
  bridge: Bridge,
  record: MessageRecord,
  moot: readonly LineEntry[],
  deadline: number,
): Promise<void> {
  for (const { messageId } of moot) {
    if (bridge.clock.now() >= deadline) return;
    const older = await readMessage(bridge, messageId);
    if (older) await markSettled(bridge, older);
  }
  await markSettled(bridge, record);
}
