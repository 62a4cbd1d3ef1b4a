import { approvalIncident, needsApproval } from '../operations/approval.ts';
import { describeError, isRetryable } from '../platform/errors.ts';
import { backoff } from '../platform/time.ts';
import { PortalUnauthorizedError } from '../portal/errors.ts';
import type { MessageType } from '../portal/messages.ts';
import type { Bridge } from './bridge.ts';
import { carryOut } from './carry-out.ts';
import { readContent } from './content.ts';
import { dispatchLine, dispatchSeen, readMessage } from './dispatch.ts';
import type { Effect, Plan, Turn } from './effect.ts';
import { hold } from './hold.ts';
import { release, takeLease } from './lease.ts';
import { isRevocation } from './lines.ts';
import { markSettled } from './mark.ts';
import { type LineAfter, lineAfter, placeOf } from './place.ts';
import { isSettled, type LineEntry, type MessageRecord, oneAttemptLess, type Standing } from './record.ts';
import type { Seen } from './seen.ts';

/**
 * Works on one message for as long as there is something to do, queues what is next in its line, and marks it.
 * A message that is finished, at work elsewhere or not next is dropped: whoever finishes it goes on.
 *
 * @param deadline when the caller has to be done, in milliseconds since 1970; the lease ends then
 * @param seen what its sender saw of its line
 */
export async function handleMessage<Type extends MessageType>(
  bridge: Bridge,
  effect: Effect<Type>,
  messageId: string,
  deadline: number,
  seen?: Seen,
): Promise<void> {
  const leased = await takeLease(bridge, effect.type, messageId, deadline);
  if (!leased) {
    bridge.log.debug('dropped: finished, at work elsewhere or paused', { messageId });
    return;
  }
  const place = await placeOf(bridge, leased, seen);
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
  const record = await work(bridge, effect, leased, place.older, deadline);
  if (!record) return;
  const line = lineAfter(bridge, record, place);
  await Promise.all([
    isRevocation(record.type)
      ? line.then((now) => markWithMoot(bridge, record, mootBy(record, place.older, now.seen.entries), deadline))
      : markSettled(bridge, record),
    line.then((now) => dispatchNext(bridge, record.line, now)),
    record.state === 'working' ? effect.start?.() : undefined,
  ]);
}

/** @returns the message as it stands afterwards, or nothing when somebody else went on with it */
async function work<Type extends MessageType>(
  bridge: Bridge,
  effect: Effect<Type>,
  leased: MessageRecord,
  older: readonly LineEntry[],
  deadline: number,
): Promise<MessageRecord | undefined> {
  let record = leased;
  try {
    const data = await readContent(bridge, record, effect.type);
    while (record.leaseUntil !== undefined && bridge.clock.now() < deadline) {
      const turn: Turn<Type> = { bridge, record, data, older, deadline };
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
    await dispatchLine(bridge, record.line);
    return;
  }
  await release(bridge, record, {
    lastError,
    dueAt: clock.now() + backoff(attempts, settings.pollSeconds, clock.random),
    attempts: unauthorized ? oneAttemptLess(attempts) : attempts,
  });
}

/** Queues what may work now. When what was seen before does not tell, or does not hold any more, the line is read. */
async function dispatchNext(bridge: Bridge, line: string, { seen, isFresh }: LineAfter): Promise<void> {
  const isAsSeen = await dispatchSeen(bridge, seen);
  if (!isAsSeen && !isFresh) await dispatchLine(bridge, line);
}

/** The older messages that are settled because a revocation is done. */
function mootBy(record: MessageRecord, older: readonly Standing[], now: readonly Standing[]): Standing[] {
  if (record.state !== 'done') return [];
  const unsettled = new Set(older.filter((entry) => !isSettled(entry.state)).map(({ messageId }) => messageId));
  return now.filter((entry) => isSettled(entry.state) && unsettled.has(entry.messageId));
}

/** Marks a message after those that it made moot: some portals insist on the order. What is left at the deadline a poll marks. */
async function markWithMoot(
  bridge: Bridge,
  record: MessageRecord,
  moot: readonly Standing[],
  deadline: number,
): Promise<void> {
  for (const { messageId } of moot) {
    if (bridge.clock.now() >= deadline) return;
    const older = await readMessage(bridge, messageId);
    if (older) await markSettled(bridge, older);
  }
  await markSettled(bridge, record);
}
