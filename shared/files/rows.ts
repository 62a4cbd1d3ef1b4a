import { batchGet, type Database } from '../platform/dynamodb.ts';
import type { Clock } from '../platform/time.ts';
import type { FileRow } from './file.ts';
import type { ResultRow } from './result.ts';

/** A delivered file has an id of the portal's and a key of ours; a result has its key for an id. */
export const isResult = (row: FileRow | ResultRow): row is ResultRow => row.fileId === row.objectKey;

/** The row of a result that is still under this transfer. */
export function ownResult(
  row: FileRow | ResultRow | undefined,
  { attempt }: { attempt: number },
): ResultRow | undefined {
  return row && isResult(row) && row.state === 'sending' && row.attempt === attempt ? row : undefined;
}

/** The rows that exist by these ids, of files and of results, consistently read. */
export async function readRows(
  { db, clock, tables }: { db: Database; clock: Clock; tables: { files: string } },
  fileIds: Iterable<string>,
): Promise<Map<string, FileRow | ResultRow>> {
  const keys = [...new Set(fileIds)].map((fileId) => ({ fileId }));
  const rows = await batchGet<FileRow | ResultRow>(db, clock, tables.files, keys);
  return new Map(rows.map((row) => [row.fileId, row]));
}

/** The rows that exist of these files of the portal's, consistently read, by file id. */
export async function readFiles(
  context: Parameters<typeof readRows>[0],
  fileIds: Iterable<string>,
): Promise<Map<string, FileRow>> {
  const rows = await readRows(context, fileIds);
  return new Map([...rows].filter((entry): entry is [string, FileRow] => !isResult(entry[1])));
}
