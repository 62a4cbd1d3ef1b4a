import type { OperatorContext } from '../../decisions/context.ts';
import type { FileRow } from '../../files/file.ts';
import type { ResultRow } from '../../files/result.ts';
import { readRows } from '../../files/rows.ts';
import { type IncidentRow, isOpen } from '../../operations/incidents.ts';
import { scan } from '../../platform/dynamodb.ts';
import { gatherPages } from '../../platform/pages.ts';
import { membersOf } from './members.ts';

export type AnyFile = FileRow | ResultRow;
export type Reading = Pick<OperatorContext, 'db' | 'clock' | 'tables'>;

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

/**
 * All delivered files and results of a project, in the order of their ids.
 *
 * @param after id behind which to begin
 */
export async function* filesOfProject(reading: Reading, projectNo: string, after?: string): AsyncGenerator<AnyFile> {
  async function* fileIds() {
    const kind = 'file#';
    const from = after === undefined ? undefined : `${kind}${after}`;
    for await (const { member } of membersOf(reading, projectNo, kind, from)) yield member.slice(kind.length);
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
