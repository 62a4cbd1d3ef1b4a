import { expectedBytes, secondsLeft } from '../local/start/render.ts';
import type { AnyFile, FileToMove } from './file-list.ts';

/** A file, and which way it is to be moved if it is. */
export interface ShownFile {
  file: AnyFile;
  kind?: FileToMove['kind'];
}

/** States that files are shown in: those of their rows, and of a stored file that is given back. */
export const fileStates = [
  'pending',
  'copying',
  'stored',
  'to return',
  'returning',
  'sending',
  'sent',
  'failed',
  'deleting',
] as const;
export type FileState = (typeof fileStates)[number];

export function stateOf({ file, kind }: ShownFile): FileState {
  if (file.state !== 'stored') return file.state;
  if (file.bytesPerSecond !== undefined) return 'returning';
  return kind === 'return' ? 'to return' : 'stored';
}

/**
 * Whether bytes of it are on their way, as far as its row tells.
 * @param now milliseconds since 1970: what a function that died left behind is seen by its lease
 */
export function isMoving(shown: ShownFile, now: number): boolean {
  const state = stateOf(shown);
  if (state === 'returning') return true;
  return (state === 'copying' || state === 'sending') && (shown.file.leaseUntil ?? 0) > now;
}

/** A file for programs. Sizes are bytes, times milliseconds since 1970. */
export function describeFile(shown: ShownFile) {
  const { fileId, projectNo, objectKey, size, bytesDone, bytesPerSecond, ...row } = shown.file;
  const { attempt, failures, dueAt, leaseUntil, lastError, createdAt } = row;
  return {
    ...{ fileId, projectNo, objectKey, state: stateOf(shown), size },
    ...{ bytesDone, bytesTotal: expectedBytes(shown.file), bytesPerSecond, secondsLeft: secondsLeft(shown.file) },
    ...{ attempt, failures, dueAt, leaseUntil, lastError, createdAt },
  };
}
