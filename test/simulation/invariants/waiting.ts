import { isDeepStrictEqual } from 'node:util';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { isWorkable } from '../../../shared/messages/turn-order.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { messageTypes } from '../../../shared/portal/message-schema.ts';
import type { Item } from '../expressions.ts';
import { outboxQueue } from '../functions.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

/** Calls that begin new work. */
const beginners = new Set<string>(['poll', 'sweep', outboxQueue, ...messageTypes]);

/** While all is paused nobody begins anything: who began before may finish. */
export function violationOfPause(world: World, table: string): string | undefined {
  const { performer } = world.calls;
  const since = world.pausedAt;
  if (!performer || since === undefined || performer.startedAt <= since) return undefined;
  const [name = ''] = performer.name.split('/');
  return beginners.has(name) ? `${performer.name} changes ${table} while all is paused` : undefined;
}

/** Whether a change of a message only makes it due, and takes back one attempt: that begins nothing. */
export function isGivenBack(after: Item | undefined, before: Item | undefined): boolean {
  if (!after || !before || Number(after.attempts) !== Number(before.attempts) - 1) return false;
  return isDeepStrictEqual({ ...after, dueAt: 0, attempts: 0 }, { ...before, dueAt: 0, attempts: 0 });
}

/**
 * Messages that a pause drops have counted no attempt, and are due at once.
 *
 * @param messageIds of a function's queue messages, before it begins
 * @returns told of those that it has done with
 */
export function watchDropped(world: World, messageIds: readonly string[]): (dropped: readonly string[]) => void {
  const { pausedAt } = world;
  const before = pausedAt === undefined ? new Map() : queuedOf(world, messageIds);
  return (dropped) => {
    if (world.isSkewed || world.pausedAt !== pausedAt) return;
    for (const [messageId, after] of queuedOf(world, dropped)) {
      const { attempts, dueAt, version } = before.get(messageId) ?? {};
      // A poll that began before may have queued it again, at another time.
      if (after.version !== version || after.dueAt !== dueAt) continue;
      if (after.attempts === attempts) world.tell(`${messageId} lost an attempt because all is paused`);
      else if (dueAt > world.scheduler.now) world.tell(`${messageId} was dropped by a pause, and is not due`);
    }
  };
}

/** Messages that have an attempt to give back, and that nobody works on. */
const queuedOf = (world: World, messageIds: readonly string[]): Map<string, MessageRecord> =>
  new Map(
    rows<MessageRecord>(world, 'messages')
      .filter(({ messageId }) => messageIds.includes(messageId))
      .filter(({ state, attempts }) => isWorkable(state) && attempts > 0)
      .filter(({ leaseUntil }) => (leaseUntil ?? 0) <= world.scheduler.now)
      .map((record) => [record.messageId, record]),
  );

/** A message that needs approval is not carried out before. */
export function violationOfApproval(world: World, { messageId, type, approved }: MessageRecord): string | undefined {
  const holdTypes: readonly string[] = world.calls.performer?.settings.holdTypes ?? [];
  return holdTypes.includes(type) && !approved ? `${messageId} is carried out, and nobody approved of it` : undefined;
}

/** Notes when a pause begins, and ends. */
export function notePause(world: World, after: Item | undefined, before: Item | undefined): void {
  if (after?.name === 'pause' && before?.since === undefined) world.pausedAt = world.scheduler.now;
  if (before?.name === 'pause' && !after) world.pausedAt = undefined;
}

/** Transfers are new work, too. */
export function violationOfStart(world: World, after: Item | undefined, before: Item | undefined): string | undefined {
  const { performer } = world.calls;
  if (!performer || world.pausedAt === undefined || performer.startedAt <= world.pausedAt) return undefined;
  const begins = after?.attempt !== before?.attempt && ['copying', 'sending'].includes(`${after?.state}`);
  return begins && before ? `${performer.name} begins with ${after?.fileId} while all is paused` : undefined;
}

/** An approved message waits for no further approval. */
export function* forgottenApprovals(world: World) {
  const records = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  for (const incident of rows<IncidentRow>(world, 'incidents')) {
    const isWaiting = incident.kind === 'needs-approval' && isOpen(incident);
    if (isWaiting && records.get(incident.subject)?.approved) yield `${incident.subject} was approved, and waits to be`;
  }
}
