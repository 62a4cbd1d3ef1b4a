import { isAhead } from '../platform/time.ts';
import type { ResumePoint } from './copy/resume.ts';
import { longestFileLease, unansweredTime } from './lease-times.ts';

/**
 * A file as the table `files` keeps it. Times are milliseconds since 1970, sizes bytes. `pending` waits for a transfer,
 * `copying` has a transfer, `failed` needs a person.
 */
export interface FileRow {
  /** Folded: UUIDs in lower case. */
  fileId: string;
  /** The id as the portal sent it first, if it differs. Requests to the portal use this id. */
  portalId?: string;
  projectNo: string;
  /** The message that delivered it. */
  messageId: string;
  dataDeliveryId?: string;
  objectKey: string;
  /** The announced size until the file is stored, then the actual size. */
  size?: number;
  /** The announced size, if it differs from the actual size. */
  announcedSize?: number;
  /** MD5 in lower-case hexadecimal, as the portal announced it. */
  checksum: string;
  /** Full-object CRC32 of the object in the format of S3; only of objects stored in parts. */
  crc32?: string;
  state: 'pending' | 'copying' | 'stored' | 'failed' | 'deleting';
  /** Number of transfers started. A result of an older transfer is ignored. */
  attempt: number;
  /** Number of consecutive transfers without progress. */
  failures?: number;
  /** Number of transfers whose bytes did not have the announced MD5. */
  checksumFailures: number;
  /** How often stored parts were discarded to start over. Limited like `failures`, but not reset by progress. */
  restarts?: number;
  dueAt: number;
  /** Until when a transfer may write to the file's key, even a transfer that has died. */
  leaseUntil?: number;
  /** Until when S3 may still complete an upload after a request without an answer. */
  completesUntil?: number;
  /** Bytes that have arrived, also of a part that is not stored yet. The next transfer goes on from `resume`. */
  bytesDone: number;
  /** Bytes that the current transfer expects, if the portal has sent the length. */
  bytesTotal?: number;
  /** Rate of the current transfer during the last seconds. */
  bytesPerSecond?: number;
  /** The point from which the next transfer resumes. */
  resume?: ResumePoint;
  lastError?: string;
  /** The message that deletes it. */
  deletedBy?: string;
  /** Messages that request its return and wait until it is stored. */
  returns?: string[];
  /** Its position in the line of transfers. */
  position: string;
  /** Registration, which tells the row from an earlier one of the same file: both count attempts from 1. */
  createdAt: number;
  storedAt?: number;
  /** Sequence of the newest event in its history. */
  version: number;
}

/** The counters of a file that has all its attempts again. */
export const noFailures = { failures: 0, checksumFailures: 0, restarts: 0 } as const;

/**
 * Whether a size in bytes matches the announced size, which the portal gives in 32 bits.
 *
 * @returns undefined if the portal has announced none
 */
export function fitsAnnouncedSize(
  { size, announcedSize }: Pick<FileRow, 'size' | 'announcedSize'>,
  bytes: number | undefined,
): boolean | undefined {
  const announced = announcedSize ?? size;
  if (announced === undefined || bytes === undefined) return undefined;
  return (bytes - announced) % 2 ** 32 === 0 || (announced === 2 ** 31 - 1 && bytes > announced);
}

/**
 * Until when an object may still appear under a file's key, so that a deletion has to wait.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970, or 0 if none can appear any more
 */
export function writtenUntil(
  { leaseUntil = 0, completesUntil = 0 }: { leaseUntil?: number; completesUntil?: number },
  now: number,
): number {
  return Math.max(
    isAhead(leaseUntil, now, longestFileLease) ? leaseUntil : 0,
    isAhead(completesUntil, now, unansweredTime) ? completesUntil : 0,
  );
}

/** Key of a file in the table `members` of its project. */
export const fileMemberKey = ({ projectNo, fileId }: Pick<FileRow, 'projectNo' | 'fileId'>) => ({
  projectNo,
  member: `file#${fileId}`,
});
