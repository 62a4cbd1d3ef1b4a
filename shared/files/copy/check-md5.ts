import { TransientError } from '../../platform/errors.ts';
import { type FileRow, fitsAnnouncedSize } from '../file.ts';
import { ResumeError } from './resume.ts';

/** The received bytes do not have the announced MD5. */
export class ChecksumError extends TransientError {
  override readonly name = 'ChecksumError';
}

/**
 * Checks the MD5 of the received file.
 *
 * @param bytes number of bytes received
 * @throws ChecksumError if the MD5 differs from the announced one; ResumeError if the length differs, too, as with a proxy's
 *   page or a silently truncated answer
 */
export function checkMd5(file: FileRow, found: string, bytes: number): void {
  if (found === file.checksum) return;
  const text = `The MD5 is ${found}, the portal announced ${file.checksum}`;
  if (fitsAnnouncedSize(file, bytes) !== false) throw new ChecksumError(text);
  throw new ResumeError(`${text}; ${bytes} bytes came, the portal announced ${file.announcedSize ?? file.size}`);
}
