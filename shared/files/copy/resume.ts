import { TransientError } from '../../platform/errors.ts';

/** State of the hashes after a number of bytes of a file. */
export interface Hashed {
  bytes: number;
  /** State of the MD5 in base64: 156 bytes. */
  md5: string;
  /** The CRC32 of these bytes. */
  crc: number;
}

/**
 * A point from which a copy can resume: all bytes before it are hashed and stored in parts of an upload. Saved in the file's
 * row after every part.
 */
export interface ResumePoint extends Hashed {
  uploadId: string;
  /** Length of the whole file in bytes, if the portal has sent it. */
  total?: number;
  /** Number of stored parts. */
  parts: number;
}

/** The stored parts cannot be continued: the copy has to start over. */
export class ResumeError extends TransientError {
  override readonly name = 'ResumeError';
}
