import { maxDraftBytes } from '../drafts/limits.ts';
import { refusals } from '../errors.ts';
import type { ProcessFileRow } from '../rows.ts';

/** Bytes of a file: what CopyObject copies and one PutObject takes (Amazon S3 user guide, "Amazon S3 multipart upload limits"). */
export const maxFileBytes = 5_000_000_000;

/** Most files of a process, and bytes of all of them. */
const maxFiles = 100;
const maxProcessBytes = 20_000_000_000;

type Sized = Pick<ProcessFileRow, 'size'>;

/** @returns the limit that files together exceed; nothing when they exceed none */
export function limitExceeded(files: readonly Sized[], maxBytes = maxProcessBytes): string | undefined {
  if (files.length > maxFiles) return `A process has at most ${maxFiles} files`;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return bytes > maxBytes ? `The files of a process have at most ${maxBytes} bytes` : undefined;
}

/** Most characters of the lists of a file, as JSON: an answer holds those of a hundred files. */
export const maxLists = 10_000;

/** @throws Refusal with 400 when the lists of a file are too long */
export function checkLists({
  tags,
  licenses,
  certificates,
}: Pick<ProcessFileRow, 'tags' | 'licenses' | 'certificates'>) {
  if (JSON.stringify([tags, licenses, certificates]).length <= maxLists) return;
  throw refusals.badRequest(`tags, licenses and certificates: must have at most ${maxLists} characters as JSON`);
}

/** @throws Refusal with 409 when files together exceed a limit */
export function checkLimits(files: readonly Sized[], isDraft: boolean): void {
  const message = limitExceeded(files, isDraft ? maxDraftBytes : maxProcessBytes);
  if (message !== undefined) throw refusals.conflict([{ key: 'Process-Files', message }]);
}
