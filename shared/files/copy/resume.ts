import { TransientError } from '../../platform/errors.ts';

/** How far the bytes of a file were hashed. */
export interface Hashed {
  bytes: number;
  /** State of the MD5 after them, in base64: 156 bytes. */
  md5: string;
  /** Their CRC32. */
  crc: number;
}

/**
 * A point from which a copy can go on: everything before it is hashed, and stored in parts of an upload.
 * It is kept with the file after every part.
 */
export interface ResumePoint extends Hashed {
  uploadId: string;
  /** Length of the whole file in bytes, when the portal says it. */
  total?: number;
  /** How many parts. */
  parts: number;
}

/** What was copied so far can't be continued: the copy has to start over. */
export class ResumeError extends TransientError {
  override readonly name = 'ResumeError';
}
