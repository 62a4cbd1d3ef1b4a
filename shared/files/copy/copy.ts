import { CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3';
import { isRetryable } from '../../platform/errors.ts';
import { endUploads } from '../../platform/s3.ts';
import type { Clock } from '../../platform/time.ts';
import type { Portal } from '../../portal/client.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { FileRow } from '../file.ts';
import { chunkSize, partSizeFor } from './chunks.ts';
import { fetchChunks } from './fetch-chunks.ts';
import { FileHash } from './hash.ts';
import { PortalFile } from './portal-file.ts';
import type { CopyProgress } from './progress.ts';
import { ChecksumError, checkMd5, metadataOf, putFile } from './put.ts';
import { ResumeError, type ResumePoint } from './resume.ts';
import { base64Crc, Upload } from './upload.ts';

export interface CopyIO {
  portal: Pick<Portal, 'downloadFile'>;
  s3: Pick<S3Client, 'send'>;
  bucket: string;
  clock: Clock;
  /** How many ranges of one file are fetched at a time. */
  rangesInFlight: number;
  /** Most bytes in memory, fetched or on their way to S3. */
  bytesInFlight: number;
  /** How long the portal may take, in milliseconds, until the first byte of a file comes. */
  firstByteTime: number;
  /** What a transfer that is slower is ended for, so that others get its slot; 0 for no limit. */
  minBytesPerSecond: number;
}

/** What was copied. With an upload it becomes visible only when the upload is completed. */
export interface Copied {
  /** Bytes. */
  size: number;
  upload?: { uploadId: string; crc32: string };
}

/**
 * Fetches a file from the portal into S3, hashing on the way, with memory bounded whatever its size.
 * A small one is put at once, S3 checking the portal's own MD5. A larger one is uploaded in parts and left to be completed:
 * the copy goes on from where an earlier one got, outlives failures as long as it gets further, and leaves for a later one how
 * far it came. What is stored and can't be continued is thrown away, for a later one to start over.
 *
 * @returns nothing when the time was up
 * @throws ChecksumError when the MD5 is another than announced, ResumeError when the length is another, too; nothing of the
 *   upload is left then
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
        // Forgotten first: an upload that stays is aborted when the file is prepared again, a point would be gone on from.
        void resumeFrom(undefined);
        await endUpload(io, file, uploadId);
        throw error;
      }
      const gotFurther = (point?.bytes ?? 0) > before;
      if (!isRetryable(error) || !gotFurther) throw error;
    }
  }
}

/** Whether what is stored is worth nothing: it is of another content, or S3 does not have it any more. */
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
  const source = new PortalFile(io.portal, io.clock, file, from?.total, (bytes) => progress.received(bytes));
  const whole = !from && file.size !== undefined && file.size <= chunkSize;
  const chunks = fetchChunks(source, from?.bytes ?? 0, whole, { parallel: rangesAtOnce(io), signal: progress.signal });
  try {
    if (from) return await upload(io, file, source, from, chunks, progress, resumeFrom);
    const { value: first = Buffer.alloc(0) } = await chunks.next();
    progress.expect(source.total);
    await progress.mayWrite();
    if (first.length < chunkSize || first.length === source.total) {
      await putFile(io, file, first, progress);
      progress.stored(first.length);
      return { size: first.length };
    }
    const point = await begin(io, file, source, progress);
    await resumeFrom(point);
    if (progress.signal.aborted) {
      // Nobody else may know of it.
      await endUpload(io, file, point.uploadId);
      throw progress.signal.reason;
    }
    return await upload(io, file, source, point, startingWith(first, chunks), progress, resumeFrom);
  } finally {
    await chunks.return();
  }
}

/** As many as leave room for a chunk that is hashed and one on its way to S3. */
const rangesAtOnce = ({ rangesInFlight, bytesInFlight }: CopyIO) =>
  Math.max(1, Math.min(rangesInFlight, Math.floor(bytesInFlight / chunkSize) - 2));

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
      target: { Bucket: io.bucket, Key: file.objectKey, UploadId: uploadId },
      total: source.total,
      partSize: partSizeFor(source.total, from),
      maxBytesInFlight: io.bytesInFlight - (rangesAtOnce(io) + 1) * chunkSize,
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
      // S3 takes a part of less than 5 MiB as the last one alone (Amazon S3 User Guide, multipart upload limits).
      if (from.bytes % chunkSize !== 0) throw new ResumeError(`File ${file.fileId} goes on behind its last part`);
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
