import type { FileRow } from '../../../shared/files/file.ts';
import type { ResultRow } from '../../../shared/files/result.ts';
import { readRows } from '../../../shared/files/rows.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import { transfersLine } from '../../../shared/messages/subject.ts';
import type { TransferEntry } from '../../../shared/messages/transfers-line.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { batchGet, query, scan } from '../../../shared/platform/dynamodb.ts';
import { gatherPages } from '../../../shared/platform/pages.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { membersOf } from './members.ts';

export type AnyFile = FileRow | ResultRow;
export type Reading = Pick<OperatedGateway, 'db' | 'clock' | 'tables'>;

/** A file that is to be moved, and which way. */
export interface FileToMove {
  kind: TransferEntry['kind'];
  file: AnyFile;
  /** Until when somebody moves it, in milliseconds since 1970: by its row, a return by the message that asked for it. */
  leaseUntil: number;
}

/** How many rows are read together. */
export const pageSize = 100;

async function* first<Item>(items: AsyncIterable<Item>, most: number): AsyncGenerator<Item> {
  let count = 0;
  for await (const item of items) {
    yield item;
    count += 1;
    if (count === most) return;
  }
}

async function* rowsOf(reading: Reading, fileIds: AsyncIterable<string>): AsyncGenerator<AnyFile> {
  for await (const page of gatherPages(fileIds, pageSize)) {
    const rows = await readRows(reading, page);
    for (const fileId of page) {
      const row = rows.get(fileId);
      if (row) yield row;
    }
  }
}

/** All files of a project, and what is sent from it, in the order of their ids. */
export async function* filesOfProject(reading: Reading, projectNo: string): AsyncGenerator<AnyFile> {
  async function* fileIds() {
    const kind = 'file#';
    for await (const { member } of membersOf(reading, projectNo, kind)) yield member.slice(kind.length);
  }
  yield* rowsOf(reading, fileIds());
}

/**
 * Files to transfer, project by project, in the order of their messages. If there are many, most of them wait.
 * @param most how many entries are looked at
 */
export async function* filesToMove(
  reading: Pick<Reading, 'db' | 'clock'> & { tables: Pick<Reading['tables'], 'lines' | 'files' | 'messages'> },
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<FileToMove> {
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
  { db, clock, tables }: Parameters<typeof filesToMove>[0],
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

/** Files that wait for a person, by the open incidents: the table of all files may be too long to look through. */
export async function* failedFiles(reading: Reading): AsyncGenerator<AnyFile> {
  const { db, tables } = reading;
  async function* fileIds() {
    for await (const incident of scan<IncidentRow>(db, tables.incidents)) {
      if (incident.kind === 'file-failed' && isOpen(incident)) yield incident.subject;
    }
  }
  for await (const file of rowsOf(reading, fileIds())) {
    if (file.state === 'failed') yield file;
  }
}
