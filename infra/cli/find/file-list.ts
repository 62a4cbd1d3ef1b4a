import type { FileRow } from '../../../shared/files/file.ts';
import type { ResultRow } from '../../../shared/files/result.ts';
import { readRows } from '../../../shared/files/rows.ts';
import { type IncidentRow, isOpen } from '../../../shared/operations/incidents.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { gatherPages } from '../../../shared/platform/pages.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { membersOf } from './members.ts';

export type AnyFile = FileRow | ResultRow;
export type Reading = Pick<OperatedGateway, 'db' | 'clock' | 'tables'>;

/** How many rows are read together. */
export const pageSize = 100;

async function* rowsOf(reading: Reading, fileIds: AsyncIterable<string>): AsyncGenerator<AnyFile> {
  for await (const page of gatherPages(fileIds, pageSize)) {
    const rows = await readRows(reading, page);
    for (const fileId of page) {
      const row = rows.get(fileId);
      if (row) yield row;
    }
  }
}

/** All delivered files and results of a project, in the order of their ids. */
export async function* filesOfProject(reading: Reading, projectNo: string): AsyncGenerator<AnyFile> {
  async function* fileIds() {
    const kind = 'file#';
    for await (const { member } of membersOf(reading, projectNo, kind)) yield member.slice(kind.length);
  }
  yield* rowsOf(reading, fileIds());
}

/** Files that wait for a person, found through the open incidents, because the table of all files may be too long to scan. */
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
