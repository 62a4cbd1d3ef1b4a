import type { Bridge } from './bridge.ts';
import { readLine } from './dispatch.ts';
import { isRevocation, mayWork } from './lines.ts';
import { isSettled, type LineEntry, type MessageRecord, type Standing } from './record.ts';
import { type Seen, showsAsNext } from './seen.ts';

/** Where a message that is next stands in its line. */
export interface Place {
  seen: Seen;
  /**
   * What is older, as it was read here. Nothing when the sender's view served: a revocation's served only with nothing unfinished
   * before it.
   */
  older: readonly LineEntry[];
}

/**
 * A message's place, by what its sender saw of the line, or else by the line.
 *
 * @returns nothing when it is not next
 */
export async function placeOf(
  bridge: Bridge,
  { messageId, line }: Pick<MessageRecord, 'messageId' | 'line'>,
  seen?: Seen,
): Promise<Place | undefined> {
  const at = bridge.clock.now();
  if (seen && showsAsNext(seen, messageId, at)) return { seen, older: [] };
  const entries = await readLine(bridge, line);
  if (!mayWork(entries).some((entry) => entry.messageId === messageId)) return undefined;
  const own = entries.findIndex((entry) => entry.messageId === messageId);
  return { seen: { at, entries }, older: entries.slice(0, own) };
}

/** A line after one of its messages was worked on. */
export interface LineAfter {
  seen: Seen;
  /** Whether it was read since. */
  isFresh: boolean;
}

/**
 * The line as it is after work on a message. What was seen before serves again, unless nothing is known to follow, or a
 * revocation may have made moot what was unfinished before it.
 *
 * @param record the message as it is now
 */
export async function lineAfter(bridge: Bridge, record: MessageRecord, { seen, older }: Place): Promise<LineAfter> {
  const { entries } = seen;
  const own = entries.find((entry) => entry.messageId === record.messageId) as Standing;
  const isLast = entries.at(-1) === own;
  const othersChanged = older.some((entry) => mayBeMoot(record, own, entry));
  if (isLast || othersChanged || record.state === 'held') {
    const at = bridge.clock.now();
    return { seen: { at, entries: await readLine(bridge, record.line) }, isFresh: true };
  }
  const now = entries.map((entry) => (entry === own ? { ...own, state: record.state } : entry));
  return { seen: { ...seen, entries: now }, isFresh: false };
}

/** Whether an older message may be settled by this one; a delivery may have waited for the deleted file alone. */
function mayBeMoot({ type }: MessageRecord, own: Standing, older: Standing): boolean {
  if (!isRevocation(type) || isSettled(older.state)) return false;
  if (type === 'DeleteDataFile' && older.type === 'DataDeliveryReady') return true;
  return type === 'DeleteProject' || older.subject === own.subject;
}
