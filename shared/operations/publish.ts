import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { type Database, scan } from '../platform/dynamodb.ts';
import { describeError, TransientError } from '../platform/errors.ts';
import type { BusEntry, EventBus } from '../platform/event-bus.ts';
import type { Log } from '../platform/logger.ts';
import { gatherPages, pagesOf } from '../platform/pages.ts';
import { eventOf } from './events.ts';
import type { HistoryRow } from './history.ts';

export interface Publishing {
  db: Database;
  log: Log;
  bus: EventBus;
  /** The table of what is in the history and not published yet. */
  table: string;
}

/** Most entries of one PutEvents (EventBridge API reference). */
const mostEntries = 10;

const batchesAtOnce = 5;

/**
 * Publishes what changed and is not published yet. An entry goes when the bus has taken it: what a crash interrupts is
 * published again. One that the bus refuses, or that can't be published, stays, and keeps no other back.
 *
 * @param isTimeUp asked from time to time: what is left then is for the next run
 * @throws TransientError when something could not be published, after everything else was
 */
export async function publishEvents(publishing: Publishing, isTimeUp: () => boolean): Promise<void> {
  let published = 0;
  let refused = 0;
  const { db, table, log } = publishing;
  for await (const rows of gatherPages(scan<HistoryRow>(db, table), batchesAtOnce * mostEntries)) {
    if (isTimeUp()) break;
    await forEachConcurrently(pagesOf(rows, mostEntries), batchesAtOnce, async (batch) => {
      const taken = await publish(publishing, batch);
      published += taken;
      refused += batch.length - taken;
    });
  }
  if (published > 0) log.info('published', { events: published });
  if (refused > 0) throw new TransientError(`${refused} events could not be published`);
}

/** @returns how many of them the bus took */
async function publish(publishing: Publishing, rows: readonly HistoryRow[]): Promise<number> {
  const { bus, log } = publishing;
  const ready = rows.flatMap((row) => {
    try {
      return [{ row, entry: entryOf(row) }];
    } catch (error) {
      log.error('event can not be published', { ...keyOf(row), error: describeError(error) });
      return [];
    }
  });
  if (ready.length === 0) return 0;
  const errors = await bus.putEvents(ready.map(({ entry }) => entry));
  const rowsReady = ready.map(({ row }) => row);
  const taken = rowsReady.filter((row, index) => {
    if (errors[index]) log.warn('event refused', { ...keyOf(row), error: errors[index] });
    return !errors[index];
  });
  if (taken.length > 0) await forget(publishing, taken);
  return taken.length;
}

function entryOf(row: HistoryRow): BusEntry {
  const event = eventOf(row);
  const [kind] = event.subject.split('#', 1);
  return { detailType: `${kind} ${event.event}`, detail: JSON.stringify(event), time: row.at };
}

/** What DynamoDB leaves over for want of throughput comes again with the next run, and so does its event. */
async function forget({ db, table }: Publishing, rows: readonly HistoryRow[]): Promise<void> {
  const requests = rows.map((row) => ({ DeleteRequest: { Key: keyOf(row) } }));
  await db.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
}

const keyOf = ({ subject, sequence }: HistoryRow) => ({ subject, sequence });
