import { forEachConcurrently } from '../../platform/concurrency.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import type { Clock } from '../../platform/time.ts';
import type { MessageContext } from '../context.ts';
import { type Markable, markingAttributes, markSettled, recordMarked } from '../mark.ts';
import { isSettled, type LineEntry } from '../record.ts';
import { markAgain, type Relisted, relistedAttributes } from './mark-again.ts';

/** What a poll learnt of the portal's list. */
export interface Listing {
  /** Keys of messages. */
  listed: ReadonlySet<string>;
  /** Whether the list came to its end: only then does absence mean anything. */
  complete: boolean;
  /** When the list was asked for, in milliseconds since 1970. */
  from: number;
  /** Listed messages that have to wait for others of the same id. */
  waiting: ReadonlySet<string>;
}

const concurrency = 10;

/**
 * Marks every settled message that is not marked yet, in the order of its line: some portals insist on it. What the portal
 * does not list any more it has marked. What it lists although it agreed to mark it, is marked again. After a long
 * outage that can be more than a poll should take: what it does not come to until the next one is due is left to that.
 *
 * @param marked keys of the listed messages that were marked before
 * @param deadline when the poll has to be done, in milliseconds since 1970
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
      if (isGone(record, listing)) await recordMarked(context, record);
      // The list came after what forbade to mark it.
      else if (mayMark(record, listing))
        await markSettled(context, { ...record, idReused: false }, oldest.get(record.line) !== record.position);
    }
  });
  const again = [...marked].filter((messageId) => !listing.waiting.has(messageId)).map((messageId) => ({ messageId }));
  const relisted = await batchGet<Relisted>(db, clock, tables.messages, again, relistedAttributes);
  await forEachConcurrently(whileTime(relisted, clock, until), concurrency, (record) => markAgain(context, record));
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
