import { forEachConcurrently } from '../../platform/concurrency.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import type { Clock } from '../../platform/time.ts';
import type { MessageContext } from '../context.ts';
import { type Markable, markingAttributes, markSettled, recordMarked, removeEntries } from '../mark.ts';
import { isSettled, type LineEntry } from '../record.ts';
import { markAgain, type Relisted, relistedAttributes } from './mark-again.ts';

/** The portal's list as a poll received it. */
export interface Listing {
  /** Keys of messages. */
  listed: ReadonlySet<string>;
  /** Whether the list was received to its end: only then does absence from it mean anything. */
  complete: boolean;
  /** When the list was requested, in milliseconds since 1970. */
  from: number;
  /** Keys of listed messages that have to wait for other messages with the same id. */
  waiting: ReadonlySet<string>;
}

const concurrency = 10;

/**
 * Marks every settled message that is not marked yet, in the order of its line: some portals insist on the order. A message
 * missing from a complete list was marked. A message listed although the portal agreed to mark it is marked again. After a long
 * outage marking can take longer than a poll: it stops when the next poll is due, which continues.
 *
 * @param marked keys of the listed messages that were marked before
 * @param deadline when the poll has to end, in milliseconds since 1970
 */
export async function markAll(
  context: MessageContext,
  entries: readonly LineEntry[],
  marked: ReadonlySet<string>,
  listing: Listing,
  deadline: number,
): Promise<void> {
  const { db, clock, tables, settings } = context;
  const keys = entries.filter((entry) => isSettled(entry.state)).map(({ messageId }) => ({ messageId }));
  const records = await batchGet<Markable>(db, clock, tables.messages, keys, markingAttributes);
  const lines = Map.groupBy(
    records.toSorted((a, b) => (a.position < b.position ? -1 : 1)),
    (record) => record.line,
  );
  const oldest = oldestOfLines(entries);
  const until = Math.min(deadline, clock.now() + 1_000 * settings.pollSeconds);
  await forEachConcurrently(lines.values(), concurrency, async (line) => {
    for (const record of whileTime(line, clock, until)) {
      const isOldest = oldest.get(record.line) === record.position;
      if (await isMarked(context, record, listing, !isOldest)) await removeEntries(context, [record]);
    }
  });
  const again = [...marked].filter((messageId) => !listing.waiting.has(messageId)).map((messageId) => ({ messageId }));
  const relisted = await batchGet<Relisted>(db, clock, tables.messages, again, relistedAttributes);
  await forEachConcurrently(whileTime(relisted, clock, until), concurrency, (record) => markAgain(context, record));
}

/** Whether a message was marked before, by somebody else or now. */
async function isMarked(context: MessageContext, record: Markable, listing: Listing, waitsForOlder: boolean) {
  if (record.state === 'marked') return true;
  if (isGone(record, listing)) return recordMarked(context, record);
  // The list is newer than the reason not to mark it.
  return mayMark(record, listing) && markSettled(context, { ...record, idReused: false }, waitsForOlder);
}

function* whileTime<Item>(items: Iterable<Item>, clock: Clock, until: number): Generator<Item> {
  for (const item of items) {
    if (clock.now() >= until) return;
    yield item;
  }
}

/** The position of the oldest message of each line that is not marked yet. */
function oldestOfLines(entries: readonly LineEntry[]): Map<string, string> {
  const oldest = new Map<string, string>();
  for (const { line, position } of entries) {
    if (position < (oldest.get(line) ?? '~')) oldest.set(line, position);
  }
  return oldest;
}

const isGone = ({ messageId, state, settledAt = 0 }: Markable, { listed, complete, from }: Listing) =>
  isSettled(state) && complete && settledAt < from && !listed.has(messageId);

function mayMark({ messageId, idReused }: Markable, { listed, complete, waiting }: Listing): boolean {
  return !waiting.has(messageId) && (!idReused || (complete && listed.has(messageId)));
}
