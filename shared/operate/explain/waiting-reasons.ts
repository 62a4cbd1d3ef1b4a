import { isSettled, type LineEntry, type MessageRecord } from '../../messages/record.ts';
import { isDeletion, mayWork, waitsForSubjectAlone } from '../../messages/turn-order.ts';
import type { IncidentRow } from '../../operations/incidents.ts';
import { duration } from '../../platform/units.ts';

/** Facts that decide why a message waits. */
export interface WaitingFacts {
  record: MessageRecord;
  /** The entries of its line, in order, and of the lines that its messages follow. */
  entries: readonly LineEntry[];
  /** Its open incidents. */
  incidents: readonly IncidentRow[];
  paused: boolean;
}

const meanings: Record<MessageRecord['state'], string> = {
  open: 'It has no effect yet.',
  applying: 'Its effect is under way, in batches that may be repeated.',
  applied: 'It is in effect; DST does not have the login name or password yet.',
  working: 'It is in effect; its files are under way.',
  done: 'All that it asked for is done; DST does not agree yet that it is processed.',
  held: 'It needs a person.',
  superseded: 'A deletion made it moot; DST does not agree yet that it is processed.',
  dismissed: 'A person decided that it is not done; DST does not agree yet that it is processed.',
  marked: 'DST agreed that it is processed: nothing is left to do.',
};

/** Incidents that have a sentence each: each file of a delivery may have one. */
const mostIncidents = 10;

const removing = 'It is in effect; jobs and workspaces of the person are being removed, for which no message waits.';

/**
 * Reasons why a message waits, in sentences.
 *
 * @param now milliseconds since 1970
 */
export function waitingReasonsOf({ record, entries, incidents, paused }: WaitingFacts, now: number): string[] {
  const { state, leaseUntil = 0, lastError, filesLeft, markRefusals, idReused, type, revokedUser } = record;
  const isAtWork = leaseUntil > now;
  const isInQueue = state === 'open' || state === 'applying' || state === 'applied';
  const older = blockersOf(record, entries);
  return [
    revokedUser && state === 'applied' ? removing : meanings[state],
    ...incidents
      .slice(0, mostIncidents)
      .map(({ kind, expected, found }) => `${kind}: expected ${expected}; found ${found}.`),
    ...moreIncidents(incidents.length - mostIncidents),
    ...(isAtWork ? ['A function is at work on it now.'] : []),
    ...(isInQueue && !isAtWork ? waitingFor(older, record, now) : []),
    ...(paused && (isInQueue || isSettled(state)) ? ['The gateway is paused: no new work begins.'] : []),
    ...(filesLeft && type === 'DataDeliveryReady'
      ? [filesLeft === 1 ? '1 of its files is not stored yet.' : `${filesLeft} of its files are not stored yet.`]
      : []),
    ...(isSettled(state) && markRefusals
      ? [
          markRefusals === 1
            ? 'DST refused once to have it marked.'
            : `DST refused ${markRefusals} times to have it marked.`,
        ]
      : []),
    ...(isSettled(state) && idReused ? ['DST lists another message under its id, so it is not marked.'] : []),
    ...(lastError === undefined || state === 'marked' ? [] : [`Last error: ${lastError}`]),
  ];
}

function moreIncidents(count: number): string[] {
  if (count <= 0) return [];
  return [count === 1 ? '1 more incident is open.' : `${count} more incidents are open.`];
}

function waitingFor(older: readonly LineEntry[], { line, dueAt }: MessageRecord, now: number): string[] {
  const [first] = older;
  if (first) {
    const more = older.length > 1 ? `, and for ${older.length - 1} more` : '';
    const where = first.line === line ? 'before it in its line' : `in line ${first.line}`;
    return [`It waits for ${first.type} ${first.messageId}, which is ${first.state}, ${where}${more}.`];
  }
  if (dueAt > now) return [`It is its turn; it is put to work again in ${duration((dueAt - now) / 1_000)}.`];
  return ['It is its turn: the next poll puts it to work.'];
}

/**
 * Older messages that a message waits for, in its line or, about the same access or file, in other lines; empty if it may be
 * processed.
 */
function blockersOf({ messageId, position, line, type }: MessageRecord, entries: readonly LineEntry[]): LineEntry[] {
  if (mayWork(entries).some((entry) => entry.messageId === messageId)) return [];
  const own = entries.find((entry) => entry.messageId === messageId);
  const followed = new Set(own?.follows?.map((each) => each.messageId));
  const isInTheWay = (older: LineEntry) => {
    if (older.outOfTheWay) return false;
    if (older.state === 'working') return older.type === 'ReturnDataFile' && isDeletion(type);
    if (followed.has(older.messageId)) return true;
    return older.line === line && (!waitsForSubjectAlone(type) || older.subject === own?.subject);
  };
  return entries.filter((entry) => entry.position < position && !isSettled(entry.state) && isInTheWay(entry));
}
