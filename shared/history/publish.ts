import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { type Database, scan } from '../platform/dynamodb.ts';
import { describeError, TransientError } from '../platform/errors.ts';
import type { BusEntry, EventBus } from '../platform/event-bus.ts';
import type { Log } from '../platform/logger.ts';
import { gatherPages, pagesOf } from '../platform/pages.ts';
import type { Clock } from '../platform/time.ts';
import { counted } from '../platform/units.ts';
import { eventOf } from './events.ts';
import {
  type HistoryRow,
  type IncidentNotice,
  isIncidentNotice,
  isJobNotice,
  type JobNotice,
  type UnpublishedRow,
} from './history.ts';

/** A row of the table `unpublished`. The bus gets events alone. */
export type PendingRow = UnpublishedRow | IncidentNotice | JobNotice;

/** Events of a row; none of a notice of an incident or a job. */
export const eventsOfRow = (row: PendingRow): HistoryRow[] =>
  isIncidentNotice(row) || isJobNotice(row) ? [] : [row, ...(row.others ?? [])];

export interface Publishing {
  db: Database;
  clock: Pick<Clock, 'now'>;
  log: Log;
  bus: EventBus;
  /** The table of events and incidents not published yet. */
  table: string;
  /** The rows, of these, that clients of the WebSocket API get, in the order of their pushes; undefined when none may be pushed now. All by default. */
  toPush?(rows: readonly PendingRow[]): Promise<readonly PendingRow[] | undefined>;
  /** Is told once of the events that a run has published; never of those that it forgot before it died. */
  onPublished?(events: readonly HistoryRow[]): Promise<void>;
  /** Pushes a row to clients of the WebSocket API. @returns false when it has to be repeated */
  pushRow?(row: PendingRow): Promise<boolean>;
}

/** Rows that are looked at together: what they change of rights counts before any of them is pushed. */
const rowsAtOnce = 100;

/** Most entries of one PutEvents (EventBridge API reference). */
const maxEntries = 10;

/** Most requests of one BatchWriteItem (DynamoDB API reference). */
const maxDeletions = 25;

const batchesAtOnce = 5;

/** An event, and the row that is deleted when all its events are published. */
interface PendingEvent {
  event: HistoryRow;
  row: PendingRow;
}

/**
 * Publishes the events not published yet. A row is deleted after the bus has accepted its events and the logs of clients have
 * them, so events are published again after a crash. A row stays if the bus refuses one of its events or an event does not fit
 * the schema, and does not block other rows.
 *
 * @param deadline when to leave the rest to the next run, in milliseconds since 1970
 * @throws TransientError if an event could not be published, after all others were
 */
export async function publishEvents(publishing: Publishing, deadline: number): Promise<void> {
  let published = 0;
  let refused = 0;
  let mayPush = true;
  const notPushed = new Set<string>();
  const told: HistoryRow[] = [];
  const { db, clock, table, log } = publishing;
  for await (const rows of gatherPages(scan<PendingRow>(db, table), rowsAtOnce)) {
    if (clock.now() >= deadline) break;
    const all = rows.flatMap((row) => eventsOfRow(row).map((event): PendingEvent => ({ event, row })));
    const left: PendingEvent[] = [];
    await forEachConcurrently(pagesOf(all, maxEntries), batchesAtOnce, async (batch) => {
      left.push(...(await publish(publishing, batch)));
    });
    published += all.length - left.length;
    refused += left.length;
    const unfinished = new Set(left.map(({ row }) => row));
    const unpushed = rows.filter(({ live }) => live === undefined);
    const owed: readonly PendingRow[] | undefined = mayPush ? await rowsOwed(publishing, unpushed) : undefined;
    mayPush = owed !== undefined;
    if (!owed) for (const row of unpushed) unfinished.add(row);
    // One after the other: those of a subject in their order, up to one that fails.
    for (const row of owed ?? []) {
      const waits = notPushed.has(row.subject) || clock.now() >= deadline;
      if (!waits && (await publishing.pushRow?.(row)) !== false) continue;
      notPushed.add(row.subject);
      unfinished.add(row);
    }
    const finished = rows.filter((row) => !unfinished.has(row));
    await forget(publishing, finished);
    told.push(...finished.flatMap(eventsOfRow));
  }
  if (told.length > 0) await publishing.onPublished?.(told);
  if (published > 0) log.info('published', { events: published });
  if (refused > 0) throw new TransientError(`${counted(refused, 'event')} could not be published`);
}

const rowsOwed = async ({ toPush }: Publishing, rows: readonly PendingRow[]) =>
  toPush && rows.length > 0 ? toPush(rows) : rows;

/** @returns the events that the bus did not accept */
async function publish({ bus, log }: Publishing, batch: readonly PendingEvent[]): Promise<PendingEvent[]> {
  const left: PendingEvent[] = [];
  const ready = batch.flatMap((pending) => {
    try {
      return [{ pending, entry: entryOf(pending.event) }];
    } catch (error) {
      log.error('event does not fit the schema', { ...keyOf(pending.event), error: describeError(error) });
      left.push(pending);
      return [];
    }
  });
  if (ready.length === 0) return left;
  const errors = await bus.putEvents(ready.map(({ entry }) => entry));
  for (const [index, { pending }] of ready.entries()) {
    if (!errors[index]) continue;
    log.warn('event refused', { ...keyOf(pending.event), error: errors[index] });
    left.push(pending);
  }
  return left;
}

function entryOf(row: HistoryRow): BusEntry {
  const event = eventOf(row);
  const [kind] = event.subject.split('#', 1);
  return { detailType: `${kind} ${event.event}`, detail: JSON.stringify(event), time: row.at };
}

/** Deletes published rows. Rows left by DynamoDB because of throughput are published again and deleted by the next run. */
async function forget({ db, table }: Publishing, rows: readonly PendingRow[]): Promise<void> {
  for (const page of pagesOf(rows, maxDeletions)) {
    const requests = page.map((row) => ({ DeleteRequest: { Key: keyOf(row) } }));
    await db.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
  }
}

const keyOf = ({ subject, sequence }: Pick<PendingRow, 'subject' | 'sequence'>) => ({ subject, sequence });
