import type { FileRow } from '../../shared/files/file.ts';
import { type ResultRow, readRows } from '../../shared/files/result.ts';
import type { TransferEntry } from '../../shared/files/transfer.ts';
import { transfersLine } from '../../shared/messages/lines.ts';
import { query, scan } from '../../shared/platform/dynamodb.ts';
import type { Gateway } from './gateway.ts';

export type AnyFile = FileRow | ResultRow;
export type Reading = Pick<Gateway, 'db' | 'clock' | 'tables'>;

/** A file that is to be moved, and which way. */
export interface FileToMove {
  kind: TransferEntry['kind'];
  file: AnyFile;
}

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

/** Gathers items into pages. */
export async function* pages<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let page: Item[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < pageSize) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

async function* rowsOf({ db, clock, tables }: Reading, fileIds: AsyncIterable<string>): AsyncGenerator<AnyFile> {
  for await (const page of pages(fileIds)) {
    const rows = await readRows({ db, clock }, tables.files, page);
    for (const fileId of page) {
      const row = rows.get(fileId);
      if (row) yield row;
    }
  }
}

/** All files of a project, and what is sent from it, in the order of their ids. */
export async function* filesOfProject(reading: Reading, projectNo: string): AsyncGenerator<AnyFile> {
  const { db, tables } = reading;
  async function* fileIds() {
    const members = query<{ member: string }>(db, {
      TableName: tables.members,
      KeyConditionExpression: 'projectNo = :projectNo AND begins_with(#member, :file)',
      ExpressionAttributeNames: { '#member': 'member' },
      ExpressionAttributeValues: { ':projectNo': projectNo, ':file': filePrefix },
    });
    for await (const { member } of members) yield member.slice(filePrefix.length);
  }
  yield* rowsOf(reading, fileIds());
}

const filePrefix = 'file#';

/**
 * What is to be moved, in the order in which it was asked for; most of it waits, when there is much.
 * @param most how many entries are looked at
 */
export async function* filesToMove(
  { db, clock, tables }: Pick<Reading, 'db' | 'clock'> & { tables: Pick<Reading['tables'], 'lines' | 'files'> },
  most = Number.POSITIVE_INFINITY,
): AsyncGenerator<FileToMove> {
  const all = query<TransferEntry>(db, {
    TableName: tables.lines,
    KeyConditionExpression: 'line = :line',
    ExpressionAttributeValues: { ':line': transfersLine },
    Limit: Math.min(most, 10 * pageSize),
  });
  const entries = first(all, most);
  for await (const page of pages(entries)) {
    const rows = await readRows(
      { db, clock },
      tables.files,
      page.map(({ fileId }) => fileId),
    );
    for (const { kind, fileId } of page) {
      const file = rows.get(fileId);
      // A return of what is not stored yet waits for the delivery, which has an entry of its own.
      if (file && (kind !== 'return' || file.state === 'stored')) yield { kind, file };
    }
  }
}

/** Files that wait for a person, by the open incidents: the table of all files may be too long to look through. */
export async function* failedFiles(reading: Reading): AsyncGenerator<AnyFile> {
  const { db, tables } = reading;
  async function* fileIds() {
    const incidents = scan<{ kind: string; subject: string; state: string }>(db, tables.incidents);
    for await (const { kind, subject, state } of incidents) {
      if (kind === 'file-failed' && state === 'open') yield subject;
    }
  }
  for await (const file of rowsOf(reading, fileIds())) {
    if (file.state === 'failed') yield file;
  }
}
