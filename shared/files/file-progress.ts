import type { TransferEntry } from '../messages/transfers-line.ts';
import type { FileRow } from './file.ts';

/** Progress and direction of a file that is being moved. */
export type FileProgress = Pick<FileRow, 'fileId' | 'bytesDone' | 'bytesTotal' | 'size' | 'bytesPerSecond'> & {
  kind?: TransferEntry['kind'];
};

export const expectedBytes = ({ bytesTotal, size }: Pick<FileProgress, 'bytesTotal' | 'size'>) => bytesTotal ?? size;

/** Share of a file that is moved, from 0 to 1; undefined if its size is unknown. */
export function share(file: FileProgress): number | undefined {
  const total = expectedBytes(file);
  return total ? Math.min(1, file.bytesDone / total) : undefined;
}

/** Seconds until a file is moved at its present rate; undefined if size or rate are unknown. */
export function secondsLeft(file: FileProgress): number | undefined {
  const total = expectedBytes(file);
  if (total === undefined || !file.bytesPerSecond) return undefined;
  return Math.max(0, total - file.bytesDone) / file.bytesPerSecond;
}
