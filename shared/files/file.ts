import { createHash } from 'node:crypto';
import { isAhead } from '../platform/time.ts';
import { escapeId } from '../portal/id.ts';
import type { ResumePoint } from './copy/resume.ts';
import { longestLease, unansweredTime } from './slots.ts';

/**
 * A file as the table `files` keeps it. Times are milliseconds since 1970, sizes bytes.
 * `pending` waits for a transfer, `copying` has one, `failed` needs a person.
 */
export interface FileRow {
  /** Folded: UUIDs in lower case. */
  fileId: string;
  /** The id as the portal sent it first, where that differs: the portal is asked for this one. */
  portalId?: string;
  projectNo: string;
  /** The message that delivered it. */
  messageId: string;
  dataDeliveryId?: string;
  objectKey: string;
  /** What the portal announced until the file is stored, then what it has. */
  size?: number;
  /** What the portal announced instead of the size. */
  announcedSize?: number;
  /** MD5 in lower-case hexadecimal, as the portal announced it. */
  checksum: string;
  /** Full-object CRC32 of what was stored, as S3 gives it; only of what was stored in parts. */
  crc32?: string;
  state: 'pending' | 'copying' | 'stored' | 'failed' | 'deleting';
  /** How many transfers were started; what an older one still does has no effect. */
  attempt: number;
  /** How many of them, one after the other, brought nothing further. */
  failures?: number;
  /** How many of them brought other bytes than announced. */
  checksumFailures: number;
  /** How often what was copied was thrown away, to start over: bounded like `failures`, and reset by no progress. */
  restarts?: number;
  dueAt: number;
  /** Until when a transfer may write to its key, even one that has died. */
  leaseUntil?: number;
  /** Until when S3 may still complete an upload: it was asked to, and has not answered. */
  completesUntil?: number;
  bytesDone: number;
  /** What the transfer under way expects to copy, when the portal says it. */
  bytesTotal?: number;
  /** How fast the transfer under way was during the last seconds. */
  bytesPerSecond?: number;
  /** From where the next transfer goes on. */
  resume?: ResumePoint;
  lastError?: string;
  /** The message that deletes it. */
  deletedBy?: string;
  /** Messages that ask for its return and wait until it is stored. */
  returns?: string[];
  /** Its place among the transfers to do. */
  position: string;
  createdAt: number;
  storedAt?: number;
  /** Sequence of the newest event in its history. */
  version: number;
}

/** A project's objects, and what its researchers want sent, by the prefixes of their keys. */
export const projectPrefix = (projectNo: string) => `projects/${segment(projectNo)}/`;
export const outboxPrefix = (projectNo: string) => `outbox/${segment(projectNo)}/`;

export const objectKeyOf = (projectNo: string, fileId: string) => `${projectPrefix(projectNo)}files/${segment(fileId)}`;

/** Longest escaped id in a key. With the fixed parts, two make a key of less than 1,024 bytes (S3 user guide). */
const longestSegment = 400;

/** An id as one segment of a key. A very long one by its hash, behind a `%` that no escaped id begins so. */
function segment(id: string): string {
  const escaped = escapeId(id);
  return escaped.length <= longestSegment ? escaped : `%sha256-${createHash('sha256').update(id).digest('hex')}`;
}

/**
 * Whether a file of so many bytes is as long as the portal announced, which it does in 32 bits.
 *
 * @returns undefined when that can't be said
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
 * Until when something may still appear under a file's key, which a deletion waits out.
 *
 * @param now milliseconds since 1970
 * @returns milliseconds since 1970, or 0 when nothing may appear any more
 */
export function writtenUntil(
  { leaseUntil = 0, completesUntil = 0 }: { leaseUntil?: number; completesUntil?: number },
  now: number,
): number {
  return Math.max(
    isAhead(leaseUntil, now, longestLease) ? leaseUntil : 0,
    isAhead(completesUntil, now, unansweredTime) ? completesUntil : 0,
  );
}

/** Where the project's table of members names a file. */
export const fileMemberKey = ({ projectNo, fileId }: Pick<FileRow, 'projectNo' | 'fileId'>) => ({
  projectNo,
  member: `file#${fileId}`,
});
