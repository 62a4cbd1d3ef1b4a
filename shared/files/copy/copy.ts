import { CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { isRetryable } from '../../platform/errors.ts';
import { endUploads } from '../../platform/s3.ts';
import type { Clock } from '../../platform/time.ts';
import type { Portal } from '../../portal/client.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { FileRow } from '../file.ts';
import { ChecksumError, checkMd5 } from './check-md5.ts';
import { type ChunkPool, partSizeFor } from './chunks.ts';
import type { CopyProgress } from './copy-progress.ts';
import { fetchChunks } from './fetch-chunks.ts';
import { FileHash } from './hash.ts';
import { PortalFile } from './portal-file.ts';
import { metadataOf, putFile } from './put.ts';
import { ResumeError, type ResumePoint } from './resume.ts';
import { base64Crc, Upload } from './upload.ts';

export interface CopyIO {
  portal: Pick<Portal, 'downloadFile'>;
  s3: Pick<S3Client, 'send'>;
  bucket: string;
  clock: Clock;
  chunks: ChunkPool;
  /** Number of ranges of one file fetched concurrently. */
  rangesInFlight: number;
  /** Most bytes in memory, fetched or being sent to S3. */
  bytesInFlight: number;
  /** Time limit for the first byte of a file from the portal, in milliseconds. */
  firstByteTime: number;
  /** Minimum rate: a slower transfer is ended, so that others get its slot. 0 for no limit. */
  minBytesPerSecond: number;
}

/** A copied file. If it has an upload, the object becomes visible only when the upload is completed. */
export interface Copied {
  /** Bytes. */
  size: number;
  upload?: { uploadId: string; crc32: string };
}

/**
 * Copies a file from the portal to S3 and hashes it on the way, in bounded memory for any size. A small file is put in one
 * request, in which S3 checks the portal's MD5. A larger file is uploaded in parts, and the upload is left to be completed: the
 * copy resumes from the point of an earlier copy, retries after failures as long as it makes progress, and saves its own point
 * for a later copy. Stored parts that cannot be continued are discarded, so that a later copy starts over.
 *
 * @returns undefined if the time is up
 * @throws ChecksumError if the MD5 differs from the announced one, ResumeError if the length differs, too; the upload is
 *   aborted then
 */
export async function copyFile(io: CopyIO, file: FileRow, progress: CopyProgress): Promise<Copied | undefined> {
  let point = file.resume;
  const resumeFrom = (next: ResumePoint | undefined) => {
    point = next;
    return progress.resumeFrom(next);
  };
  for (;;) {
    const before = point?.bytes ?? 0;
    try {
      return await copyFrom(io, file, point, progress, resumeFrom);
    } catch (error) {
      if (progress.signal.aborted) throw error;
      if (point && isWorthless(error)) {
        const { uploadId } = point;
        // Remove the point before the upload: a remaining upload is aborted by the next preparation, but a remaining point
        // would be resumed.
        void resumeFrom(undefined);
        await endUpload(io, file, uploadId);
        throw error;
      }
      const gotFurther = (point?.bytes ?? 0) > before;
      if (!isRetryable(error) || !gotFurther) throw error;
    }
  }
}

/** Whether the stored parts are useless: their content is wrong, or S3 no longer has them. */
const isWorthless = (error: unknown) =>
  error instanceof ChecksumError || error instanceof ResumeError || isNoSuchUpload(error);

const isNoSuchUpload = (error: unknown) => error instanceof Error && error.name === 'NoSuchUpload';

async function copyFrom(
  io: CopyIO,
  file: FileRow,
  from: ResumePoint | undefined,
  progress: CopyProgress,
  resumeFrom: (point: ResumePoint) => Promise<void>,
): Promise<Copied | undefined> {
  const source = new PortalFile(io.portal, io.clock, file, from?.total, (bytes, lacking) => {
    progress.expect(source.total);
    progress.received(bytes, lacking);
  });
  const whole = !from && file.size !== undefined && file.size <= io.chunks.size;
  const fetching = { parallel: rangesAtOnce(io), chunks: io.chunks, signal: progress.signal };
  const chunks = fetchChunks(source, from?.bytes ?? 0, whole, fetching);
  try {
    if (from) return await upload(io, file, source, from, chunks, progress, resumeFrom);
    const { value: first = Buffer.alloc(0) } = await chunks.next();
    progress.expect(source.total);
    await progress.mayWrite();
    if (first.length < io.chunks.size || first.length === source.total) {
      await putFile(io, file, first, progress);
      progress.stored(first.length);
      return { size: first.length };
    }
    const point = await begin(io, file, source, progress);
    await resumeFrom(point);
    if (progress.signal.aborted) {
      // The point may not have been saved, so nothing else would abort the upload.
      await endUpload(io, file, point.uploadId);
      throw progress.signal.reason;
    }
    return await upload(io, file, source, point, startingWith(first, chunks), progress, resumeFrom);
  } finally {
    await chunks.return();
  }
}

/** Leaves room for one chunk that is hashed and one that is sent to S3. */
const rangesAtOnce = ({ rangesInFlight, bytesInFlight, chunks }: CopyIO) =>
  Math.max(1, Math.min(rangesInFlight, Math.floor(bytesInFlight / chunks.size) - 2));

async function begin(
  io: CopyIO,
  file: FileRow,
  source: PortalFile,
  progress: Pick<CopyProgress, 'write'>,
): Promise<ResumePoint> {
  const command = new CreateMultipartUploadCommand({
    Bucket: io.bucket,
    Key: file.objectKey,
    ChecksumAlgorithm: 'CRC32',
    ChecksumType: 'FULL_OBJECT',
    Metadata: metadataOf(file),
  });
  const { UploadId: uploadId = '' } = await progress.write((abortSignal) => io.s3.send(command, { abortSignal }));
  const { state } = await FileHash.begin();
  return { uploadId, parts: 0, ...state, ...omitUndefined({ total: source.total }) };
}

async function* startingWith(first: Buffer, rest: AsyncGenerator<Buffer, void>): AsyncGenerator<Buffer, void> {
  yield first;
  yield* rest;
}

async function upload(
  io: CopyIO,
  file: FileRow,
  source: PortalFile,
  from: ResumePoint,
  chunks: AsyncIterable<Buffer>,
  progress: CopyProgress,
  resumeFrom: (point: ResumePoint) => Promise<void>,
): Promise<Copied | undefined> {
  const { uploadId } = from;
  const hash = await FileHash.resume(from);
  const parts = new Upload(
    {
      s3: io.s3,
      chunks: io.chunks,
      target: { Bucket: io.bucket, Key: file.objectKey, UploadId: uploadId },
      total: source.total,
      partSize: partSizeFor(io.chunks.size, source.total, from),
      maxBytesInFlight: io.bytesInFlight - (rangesAtOnce(io) + 1) * io.chunks.size,
      write: (request) => progress.write(request),
      stored(count, hashed) {
        void resumeFrom({ uploadId, parts: count, ...hashed, ...omitUndefined({ total: source.total }) });
        progress.stored(hashed.bytes);
      },
    },
    from,
  );
  try {
    for await (const chunk of chunks) {
      progress.expect(source.total);
      // S3 accepts a part below 5 MiB only as the last one (Amazon S3 User Guide, multipart upload limits).
      if (from.bytes % io.chunks.size !== 0) throw new ResumeError(`File ${file.fileId} continues after its last part`);
      hash.add(chunk);
      await parts.add(chunk, hash.state);
      if (parts.isBetweenParts && progress.isTimeUp()) return undefined;
    }
    const hashed = hash.state;
    await parts.end(hashed);
    checkMd5(file, hash.digest(), hashed.bytes);
    return { size: hashed.bytes, upload: { uploadId, crc32: base64Crc(hashed.crc) } };
  } finally {
    await parts.settled();
  }
}

const endUpload = ({ s3, bucket: name }: CopyIO, { objectKey: Key }: FileRow, UploadId: string): Promise<void> =>
  endUploads({ s3, name }, [{ Key, UploadId }]);
