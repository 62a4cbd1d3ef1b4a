import { expectedBytes, type FileProgress, secondsLeft } from '../../files/file-progress.ts';
import type { FileToMove } from '../../files/files-to-move.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { AnyFile } from '../find/file-list.ts';

/** A file, and its transfer if it has to be moved. */
export type ShownFile = { file: AnyFile } & Partial<FileToMove>;

/** States shown for files: those of their rows, and those of a stored file that is returned. */
export const fileStates = [
  'pending',
  'copying',
  'stored',
  'to-return',
  'returning',
  'sending',
  'sent',
  'failed',
  'deleting',
] as const;
export type FileState = (typeof fileStates)[number];

/** @param now milliseconds since 1970 */
export function stateOf({ file, kind, leaseUntil = 0 }: ShownFile, now: number): FileState {
  if (kind !== 'return') return file.state;
  return leaseUntil > now ? 'returning' : 'to-return';
}

/** Whether the file is being moved now. The lease shows whether the function has died. */
export function isMoving(shown: ShownFile, now: number): boolean {
  const leaseUntil = shown.leaseUntil ?? shown.file.leaseUntil ?? 0;
  return leaseUntil > now && ['copying', 'sending', 'returning'].includes(stateOf(shown, now));
}

/** Progress of the file. A stored or sent file counts as complete, whatever its row says about bytes. */
export function progressOf({ file, kind }: ShownFile): FileProgress {
  const { fileId, size, bytesDone, bytesTotal, bytesPerSecond } = file;
  const atItsPlace = kind === undefined && (file.state === 'stored' || file.state === 'sent');
  if (atItsPlace) return { fileId, bytesDone: size ?? 0, ...omitUndefined({ size }) };
  return { fileId, bytesDone, ...omitUndefined({ kind, size, bytesTotal, bytesPerSecond }) };
}

/** A file for programs. Sizes are in bytes, times in milliseconds since 1970; only a file being moved has a rate. */
export function describeFile(shown: ShownFile, now: number) {
  const { fileId, projectNo, objectKey, ...row } = shown.file;
  const progress = progressOf(shown);
  const { bytesDone, bytesPerSecond } = progress;
  const { attempt, failures, dueAt, lastError, createdAt } = row;
  return {
    ...{ fileId, projectNo, objectKey, state: stateOf(shown, now), bytes: expectedBytes(progress), bytesDone },
    ...(isMoving(shown, now) ? { bytesPerSecond, secondsLeft: secondsLeft(progress) } : {}),
    ...{ attempt, failures, dueAt, lastError, createdAt },
  };
}
