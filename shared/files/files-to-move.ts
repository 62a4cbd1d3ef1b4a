import type { MessageRecord } from '../messages/record.ts';
import { transfersLine } from '../messages/subject.ts';
import type { TransferEntry } from '../messages/transfers-line.ts';
import { batchGet, type Database, query } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import type { Clock } from '../platform/time.ts';
import type { FileRow } from './file.ts';
import type { ResultRow } from './result.ts';
import { readRows } from './rows.ts';

interface Reading {
  db: Database;
  clock: Clock;
  tables: { lines: string; files: string; messages: string };
}

/** A file that is to be moved, and which way. */
export interface FileToMove {
  kind: TransferEntry['kind'];
  file: FileRow | ResultRow;
  /** Until when somebody moves it, in milliseconds since 1970: by its row, a return by the message that asked for it. */
  leaseUntil: number;
}

/** Whether a file is on its way now: what a function that died left behind is seen by its lease. */
export const isOnItsWay = ({ kind, file: { state }, leaseUntil }: FileToMove, now: number): boolean =>
  leaseUntil > now && (kind === 'return' || state === 'copying' || state === 'sending');

/** How many rows are read together. */
const pageSize = 100;

async function* first<Item>(items: AsyncIterable<Item>, most: number): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of items) {
    yield item;
    count += 1;
    if (count === most) return;
  }
}

/**
 * Files to transfer, project by project, in the order of their messages. If there are many, most of them wait.
 * @param most how many entries are looked at
 */
export async function* filesToMove(reading: Reading, most = Number.POSITIVE_INFINITY): AsyncGenerator<FileToMove> {
  const { db, tables } = reading;
  const entries = query<TransferEntry>(db, {
    TableName: tables.lines,
    KeyConditionExpression: 'line = :line',
    ExpressionAttributeValues: { ':line': transfersLine },
    Limit: Math.min(most, 10 * pageSize),
  });
  for await (const page of gatherPages(first(entries, most), pageSize)) {
    const fileIds = page.map(({ fileId }) => fileId);
    const [rows, leases] = await Promise.all([readRows(reading, fileIds), leasesOf(reading, page)]);
    for (const { kind, fileId, messageId = '', awaits } of page) {
      const file = rows.get(fileId);
      // A file that another delivery brings has an entry there.
      if (!file || awaits !== undefined) continue;
      if (kind !== 'return') yield { kind, file, leaseUntil: file.leaseUntil ?? 0 };
      // A return of what is not stored yet waits for the delivery, which has an entry of its own.
      else if (file.state === 'stored') yield { kind, file, leaseUntil: leases.get(messageId) ?? 0 };
    }
  }
}

/** Until when returns are on their way, by the messages that asked for them. */
async function leasesOf(
  { db, clock, tables }: Reading,
  entries: readonly TransferEntry[],
): Promise<Map<string, number>> {
  const asked = entries.flatMap(({ kind, messageId }) => (kind === 'return' && messageId ? [messageId] : []));
  const keys = [...new Set(asked)].map((messageId) => ({ messageId }));
  const leased = ['messageId', 'leaseUntil'];
  const messages = await batchGet<Pick<MessageRecord, 'messageId' | 'leaseUntil'>>(
    db,
    clock,
    tables.messages,
    keys,
    leased,
  );
  return new Map(messages.map(({ messageId, leaseUntil = 0 }) => [messageId, leaseUntil]));
}
