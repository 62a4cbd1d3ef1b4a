import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';

/** Milliseconds after which every read shows that the portal is out. */
const longestLag = 1_000;

/** Notes since when the portal is known to be out. */
export function noteOutage(world: World, after: Item | undefined): void {
  if (after?.name !== 'portal') return;
  world.outAt = after.state === 'reachable' ? undefined : (world.outAt ?? world.scheduler.now);
}

/** A portal that is known to be out says nothing about a message: none is held for its answer, or for the lack of one. */
export function violationOfOutage(world: World, after: Item & MessageRecord, before: Item): string | undefined {
  const { calls, outAt, isSkewed, scheduler } = world;
  const { messageId, state, lastError } = after;
  if (state !== 'held' || before.state === 'held' || outAt === undefined || isSkewed) return undefined;
  // A message that is held by other means than its work repeats its last error.
  const isAtWork = ((before as Item & MessageRecord).leaseUntil ?? 0) > scheduler.now;
  const isKnown = (calls.performer?.startedAt ?? 0) > outAt + longestLag;
  if (!isAtWork || !isKnown || !String(lastError).startsWith('PortalError')) return undefined;
  return `${messageId} is held because the portal is out`;
}
