import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { type Database, scan, unlessRefused } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import type { HistoryRow, UnpublishedRow } from './history.ts';

export interface Republishing {
  db: Database;
  tables: { history: string; unpublished: string };
}

/** A time span in milliseconds since 1970, both ends inclusive. */
export interface TimeSpan {
  from: number;
  to: number;
}

const concurrency = 10;

/** The events of the history in a time span, in no order. Reads the whole table, which has no index on time alone. */
export async function* eventsIn({ db, tables }: Republishing, { from, to }: TimeSpan): AsyncGenerator<HistoryRow> {
  for await (const event of scan<HistoryRow>(db, tables.history)) if (event.at >= from && event.at <= to) yield event;
}

/** Publishes the events of a time span again, with their original sequences, by which consumers recognize them. */
export async function republish(republishing: Republishing, span: TimeSpan): Promise<void> {
  for await (const page of gatherPages(eventsIn(republishing, span), concurrency)) {
    await forEachConcurrently(page, concurrency, (event) => putUnpublished(republishing, event));
  }
}

/** Keeps an existing item, which may hold other events of the same transaction. */
async function putUnpublished({ db, tables }: Republishing, event: UnpublishedRow): Promise<void> {
  const put = { TableName: tables.unpublished, Item: event, ConditionExpression: 'attribute_not_exists(subject)' };
  await unlessRefused(db.send(new PutCommand(put)));
}
