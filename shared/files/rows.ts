import { batchGet, type Database } from '../platform/dynamodb.ts';
import type { Clock } from '../platform/time.ts';
import type { FileRow } from './file.ts';
import type { ResultRow } from './result.ts';

/** Whether a row is a result: its id is its object key, while a delivered file has an id of the portal. */
export const isResult = (row: FileRow | ResultRow): row is ResultRow => row.fileId === row.objectKey;

/** The row and the attempt that a transfer has claimed. */
export type Claim = Pick<FileRow | ResultRow, 'createdAt' | 'attempt'>;

/** Whether a row is the one that a transfer has claimed, and was not claimed again since. */
export const isClaimedBy = (row: Claim, { createdAt, attempt }: Claim): boolean =>
  row.createdAt === createdAt && row.attempt === attempt;

/** The condition that a row is still the one that a transfer has claimed, and the values that it needs. */
export const isClaimed = 'createdAt = :createdAt AND attempt = :attempt';
export const claimValues = ({ createdAt, attempt }: Claim) => ({ ':createdAt': createdAt, ':attempt': attempt });

/** The row of a result, if it still belongs to this transfer. */
export function ownResult(row: FileRow | ResultRow | undefined, claim: Claim): ResultRow | undefined {
  return row && isResult(row) && row.state === 'sending' && isClaimedBy(row, claim) ? row : undefined;
}

/** Reads the existing rows of files and results with these ids, consistently. */
export async function readRows(
  { db, clock, tables }: { db: Database; clock: Clock; tables: { files: string } },
  fileIds: Iterable<string>,
): Promise<Map<string, FileRow | ResultRow>> {
  const keys = [...new Set(fileIds)].map((fileId) => ({ fileId }));
  const rows = await batchGet<FileRow | ResultRow>(db, clock, tables.files, keys);
  return new Map(rows.map((row) => [row.fileId, row]));
}

/** The rows of files of the portal among those of files and results. */
export const filesOf = (rows: ReadonlyMap<string, FileRow | ResultRow>): Map<string, FileRow> =>
  new Map([...rows].filter((entry): entry is [string, FileRow] => !isResult(entry[1])));

/** Reads the existing rows of files of the portal, consistently, by file id. */
export const readFiles = async (
  context: Parameters<typeof readRows>[0],
  fileIds: Iterable<string>,
): Promise<Map<string, FileRow>> => filesOf(await readRows(context, fileIds));
