import { describeError, isRetryable } from '../platform/errors.ts';
import { backoff } from '../platform/time.ts';
import { PortalUnauthorizedError } from '../portal/errors.ts';
import type { MessageType } from '../portal/messages.ts';
import type { Bridge } from './bridge.ts';
import { carryOut } from './carry-out.ts';
import { readContent } from './content.ts';
import { dispatchLine, readLine, readMessage } from './dispatch.ts';
import type { Effect, Plan, Turn } from './effect.ts';
import { hold } from './hold.ts';
import { release, takeLease } from './lease.ts';
import { isRevocation, mayWork } from './lines.ts';
import { markSettled } from './mark.ts';
import { isSettled, type LineEntry, type MessageRecord } from './record.ts';

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
    bridge.log.debug('dropped: finished or at work elsewhere', { messageId });
    return;
  }
  const entries = await readLine(bridge, leased.line);
  if (!mayWork(entries).some((entry) => entry.messageId === messageId)) {
    bridge.log.debug('dropped: not next in its line', { messageId, line: leased.line });
    await release(bridge, leased, {});
    return;
  }
  const record = await work(bridge, effect, leased, entries, deadline);
  if (!record) return;
  const line = entriesAfter(bridge, record, entries);
  await Promise.all([
    isRevocation(record.type)
      ? line.then((now) => markWithMoot(bridge, record, mootBy(record, entries, now), deadline))
      : markSettled(bridge, record),
    line.then((now) => dispatchLine(bridge, record.line, now)),
    record.state === 'working' ? effect.start?.() : undefined,
  ]);
}

/** @returns the message as it stands afterwards, or nothing when somebody else went on with it */
async function work<Type extends MessageType>(
  bridge: Bridge,
  effect: Effect<Type>,
  leased: MessageRecord,
  entries: readonly LineEntry[],
  deadline: number,
): Promise<MessageRecord | undefined> {
  let record = leased;
  try {
    const data = await readContent(bridge, record, effect.type);
    const older = entries.slice(
      0,
      entries.findIndex((entry) => entry.messageId === record.messageId),
    );
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
  await effect.deliver?.(turn);
  return { kind: 'commit', state: 'done', writes: [], history: [] };
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
    attempts: unauthorized ? attempts - 1 : attempts,
  });
}

/**
 * The line as it is now. What was read before serves again, unless nothing is known to follow, or a revocation may have made
 * moot what was unfinished before it.
 */
async function entriesAfter(
  bridge: Bridge,
  record: MessageRecord,
  entries: readonly LineEntry[],
): Promise<readonly LineEntry[]> {
  const own = entries.find((entry) => entry.messageId === record.messageId) as LineEntry;
  const last = entries.at(-1) === own;
  const othersChanged = entries.slice(0, entries.indexOf(own)).some((entry) => mayBeMoot(record, own, entry));
  if (last || othersChanged || record.state === 'held') return readLine(bridge, record.line);
  return entries.map((entry) => (entry === own ? { ...own, state: record.state } : entry));
}

/** Whether an older message may be settled by this one; a delivery may have waited for the deleted file alone. */
function mayBeMoot({ type }: MessageRecord, own: LineEntry, older: LineEntry): boolean {
  if (!isRevocation(type) || isSettled(older.state)) return false;
  if (type === 'DeleteDataFile' && older.type === 'DataDeliveryReady') return true;
  return type === 'DeleteProject' || older.subject === own.subject;
}

/** The older messages that are settled because a revocation is done. */
function mootBy(record: MessageRecord, before: readonly LineEntry[], now: readonly LineEntry[]): LineEntry[] {
  if (record.state !== 'done') return [];
  const unsettled = new Set(before.filter((entry) => !isSettled(entry.state)).map(({ messageId }) => messageId));
  const isOlder = ({ position }: LineEntry) => position < record.position;
  return now.filter((entry) => isOlder(entry) && isSettled(entry.state) && unsettled.has(entry.messageId));
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
