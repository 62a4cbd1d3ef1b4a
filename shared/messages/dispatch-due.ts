import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet } from '../platform/dynamodb.ts';
import type { Bridge } from './bridge.ts';
import { claim, isDue, sendToQueues } from './dispatch.ts';
import { mayWork } from './lines.ts';
import type { LineEntry, MessageRecord } from './record.ts';

/** How many messages are claimed before they are sent: what a crash in between would delay until the next redispatch. */
const claimed = 100;
const atOnce = 25;

/** Puts to work what may work and is due, in all lines. */
export async function dispatchDue(bridge: Bridge, entries: readonly LineEntry[]): Promise<void> {
  const due = await dueOf(bridge, candidatesOf(entries));
  for (let from = 0; from < due.length; from += claimed) {
    const won: LineEntry[] = [];
    await forEachConcurrently(due.slice(from, from + claimed), atOnce, async (entry) => {
      if (await claim(bridge, entry)) won.push(entry);
    });
    await sendToQueues(bridge, won);
  }
}

/** What may work, of entries of any lines in any order. */
function candidatesOf(entries: readonly LineEntry[]): LineEntry[] {
  const lines = Map.groupBy(entries, (entry) => entry.line);
  return [...lines.values()].flatMap((line) => mayWork(line.toSorted((a, b) => (a.position < b.position ? -1 : 1))));
}

async function dueOf(bridge: Bridge, candidates: readonly LineEntry[]): Promise<LineEntry[]> {
  const { db, clock, tables } = bridge;
  const keys = candidates.map(({ messageId }) => ({ messageId }));
  const attributes = ['messageId', 'dueAt', 'leaseUntil'] as const;
  const records = await batchGet<Pick<MessageRecord, (typeof attributes)[number]>>(
    db,
    clock,
    tables.messages,
    keys,
    attributes,
  );
  const due = new Set(records.filter((record) => isDue(record, clock.now())).map((record) => record.messageId));
  return candidates.filter((entry) => due.has(entry.messageId));
}
