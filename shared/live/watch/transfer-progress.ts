import * as z from 'zod';
import type { FileToMove } from '../../files/files-to-move.ts';
import { omitUndefined } from '../../portal/json.ts';

/** How far a transfer is. */
export const transferProgressSchema = z.object({
  fileId: z.string().describe('Id of the file, as in the subject of its events'),
  projectNo: z.string(),
  kind: z.enum(['delivery', 'return', 'result']).describe('Fetched from DST, returned to it, or sent as a result'),
  bytesDone: z.int().nonnegative(),
  bytesTotal: z.int().nonnegative().optional().describe('Missing while nobody knows it'),
  bytesPerSecond: z.int().nonnegative().optional().describe('Rate of the last seconds'),
});

export type TransferProgress = z.infer<typeof transferProgressSchema>;

export function transferProgressOf({ kind, file }: FileToMove): TransferProgress {
  const { fileId, projectNo, size, bytesDone, bytesTotal = size, bytesPerSecond } = file;
  return { fileId, projectNo, kind, bytesDone, ...omitUndefined({ bytesTotal, bytesPerSecond }) };
}
