import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { type Database, scan, unlessRefused } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import type { HistoryRow, UnpublishedRow } from './history.ts';

export interface Republishing {
  db: Database;
  tables: { history: string; unpublished: string };
}

/** A span of time, in milliseconds since 1970; both ends belong to it. */
export interface Span {
  from: number;
  to: number;
}

const concurrency = 10;

/** The events of the history in a span of time, in no order. Reads the whole table, which has no index by time alone. */
export async function* eventsIn({ db, tables }: Republishing, { from, to }: Span): AsyncGenerator<HistoryRow> {
  for await (const event of scan<HistoryRow>(db, tables.history)) if (event.at >= from && event.at <= to) yield event;
}

/**
 * Has the events of a span of time published once more, with the sequences that they had: readers know them by these.
 *
 * @returns how many; those that wait to be published already do not count
 */
export async function republish(republishing: Republishing, span: Span): Promise<number> {
  let count = 0;
  for await (const page of gatherPages(eventsIn(republishing, span), concurrency)) {
    await forEachConcurrently(page, concurrency, async (event) => {
      if (await putUnpublished(republishing, event)) count += 1;
    });
  }
  return count;
}

/** Leaves an item alone that is there: it may hold events that happened together with this one. */
async function putUnpublished({ db, tables }: Republishing, event: UnpublishedRow): Promise<boolean> {
  const put = { TableName: tables.unpublished, Item: event, ConditionExpression: 'attribute_not_exists(subject)' };
  return (await unlessRefused(db.send(new PutCommand(put)))) !== undefined;
}
