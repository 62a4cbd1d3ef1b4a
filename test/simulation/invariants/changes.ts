import { approvalIncident } from '../../../shared/messages/handle/approval.ts';
import type { LineEntry, MessageRecord } from '../../../shared/messages/record.ts';
import { waitsForSubjectAlone } from '../../../shared/messages/turn-order.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';
import { violationOfTokens } from './accounts.ts';
import { violationOfRowRemoval } from './deletions.ts';
import { violationOfChecksum } from './downloads.ts';
import { violationOfGivingUp } from './files.ts';
import { noteOutage, violationOfOutage } from './outages.ts';
import { noteTaking } from './passwords.ts';
import { violationOfRefusal } from './refused-keys.ts';
import { noteCreation, violationOfSent } from './results.ts';
import { rows } from './rows.ts';
import { isGivenBack, notePause, violationOfApproval, violationOfPause, violationOfStart } from './waiting.ts';
import {
  violationOfAccessDeletion,
  violationOfRevocation,
  violationOfWaiting,
  violationOfWorkspaces,
} from './workspaces.ts';

/** Effect that an item's change implies. */
export function noteChange(world: World, table: string, after: Item | undefined, before: Item | undefined): void {
  if (table === 'control') {
    notePause(world, after, before);
    noteOutage(world, after);
  }
  if (table === 'projects') noteCreation(world, after, before);
  if (table === 'accounts') world.tell(violationOfTokens(after, before));
  if (table === 'history') noteTaking(world, after);
  if (table !== 'messages' || !isGivenBack(after, before)) world.tell(violationOfPause(world, table));
  world.tell(violationOfWorkspaces(world, table, after, before));
  if (after && before && (table === 'files' || table === 'messages'))
    world.tell(violationOfRefusal(world, table, after, before));
  if (table === 'files') {
    world.tell(violationOfStart(world, after, before));
    world.tell(violationOfGivingUp(world, after));
    world.tell(violationOfRowRemoval(world, after, before));
    world.partsSent.noteRow(after);
    world.tell(violationOfSent(world, after, before));
    world.tell(violationOfChecksum(world, after, before));
    world.tell(world.fairness.violationOfChange(after, before));
    world.tell(world.promptness.violationOfChange(after, before));
  }
  if (table === 'lines' && after?.lacks !== undefined) world.misfits.add(`${after.messageId}`);
  if (table === 'lines' && after?.yields && waitsForSubjectAlone(`${after.type}`)) world.passed.add(`${after.subject}`);
  if (table !== 'messages' || !after) return;
  const { messageId, state, attempts } = after as Item & MessageRecord;
  const now = world.scheduler.now;
  const former = before?.state;
  const mayTell = before && !world.isSkewed;
  if (mayTell && attempts > (before.attempts as number) && (before.dueAt as number) > now)
    world.violations.push(`${messageId} is queued before it is due`);
  if (state === former) world.tell(violationOfWaiting(world, after as Item & MessageRecord, before));
  if (state === former && state !== 'working') world.tell(violationOfLease(world, after, before));
  if (
    state === 'marked' &&
    before?.state !== 'marked' &&
    !world.portal.isMarked(after.portalId === undefined ? messageId : `${after.portalId}`)
  )
    world.violations.push(`${messageId} is recorded as marked, which it is not`);
  if (state === former) return;
  if (before) world.tell(violationOfOutage(world, after as Item & MessageRecord, before));
  world.tell(violationOfRevocation(world, after as Item & MessageRecord));
  world.tell(violationOfAccessDeletion(world, after as Item & MessageRecord, before));
  if (state === 'held') world.everHeld ||= world.sent.get(messageId)?.content !== undefined;
  if (state === 'held') world.everAwaited ||= after.lastError === approvalIncident(after as Item & MessageRecord).found;
  if (state === 'superseded') world.superseded.add(messageId);
  notePassed(world, after as Item & MessageRecord);
  if (state === 'dismissed') world.dismissed.add(messageId);
  const took =
    (former === 'open' || former === 'applying') && ['applied', 'working', 'done', 'applying'].includes(state);
  if (took && former === 'open') world.tell(violationOfApproval(world, after as Item & MessageRecord));
  // A delivery begins anew when what it waited for is gone.
  const isFirst = before?.filesLeft === undefined;
  if (took && former !== 'applying' && isFirst) world.effects.set(messageId, (world.effects.get(messageId) ?? 0) + 1);
}

/** A message is taken by one process at a time: neither before its lease is over, nor while the process lives that took it. */
function violationOfLease(world: World, after: Item, before: Item | undefined): string | undefined {
  const { messageId, leaseUntil } = after as Item & MessageRecord;
  if (leaseUntil === undefined || leaseUntil === before?.leaseUntil) return undefined;
  const { now } = world.scheduler;
  const { performer } = world.calls;
  const taker = world.takers.get(messageId);
  if (performer) world.takers.set(messageId, performer);
  if (world.isSkewed || before?.leaseUntil === undefined) return undefined;
  const isAtWork = taker?.isAlive && taker !== performer && now < taker.deadline - leaseMargin;
  return isAtWork || (before.leaseUntil as number) > now ? `${messageId} is taken while another has it` : undefined;
}

/** Milliseconds before the end of a process at which its leases have ended. */
const leaseMargin = 5_000;

/** States in which a revocation of an access is in effect, though it may have work left. */
const inEffect: ReadonlySet<string> = new Set(['applying', 'applied', 'done']);

/** A revocation of an access passes what can't be done yet: what it passed takes effect after it, or never. */
function notePassed(world: World, { messageId, type, state, position }: MessageRecord): void {
  if (!waitsForSubjectAlone(type) || !inEffect.has(state)) return;
  const entries = rows<LineEntry>(world, 'lines');
  const subject = entries.find((entry) => entry.messageId === messageId)?.subject;
  const isPassed = (entry: LineEntry) =>
    entry.subject === subject && entry.position < position && (entry.state === 'open' || entry.state === 'superseded');
  if (subject !== undefined && entries.some(isPassed)) world.passed.add(subject);
}
