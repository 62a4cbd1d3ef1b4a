import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError, TransientError } from '../platform/errors.ts';
import type { Portal } from '../portal/client.ts';
import { smallFile } from './due.ts';
import type { FileRow } from './file.ts';
import { partSizeFor, partsOf } from './parts.ts';
import { base64Crc, Upload } from './upload.ts';

/** The bytes that came are not those that the portal announced. */
export class ChecksumError extends TransientError {}

export interface CopyIO {
  portal: Portal;
  s3: Pick<S3Client, 'send'>;
  bucket: string;
}

/** What a copy tells about itself while it runs. */
export interface CopyProgress {
  /** Ends the copy. */
  signal: AbortSignal;
  /** How many bytes are to come, when the portal says it. */
  expect(bytes: number | undefined): void;
  /** Bytes came. */
  received(bytes: number): void;
  /** So many bytes of the file are stored. */
  stored(bytes: number): void;
  /** Asked before anything is written under the file's key: throws when somebody else has the file by now. */
  mayWrite(): Promise<void>;
}

/** What was copied. With an upload it becomes visible only when the upload is completed. */
export interface Copied {
  /** Bytes. */
  size: number;
  upload?: { uploadId: string; crc32: string };
}

/**
 * Fetches a file from the portal into S3, hashing on the way, with memory bounded whatever its size.
 * A small one is put at once, S3 checking the portal's own MD5; a larger one is uploaded in parts and left to be completed.
 *
 * @throws ChecksumError when the MD5 is another than announced; an upload is aborted then, as after any failure
 */
export async function copyFile(io: CopyIO, file: FileRow, progress: CopyProgress): Promise<Copied> {
  const { body, contentLength } = await io.portal.downloadFile(file.fileId, { signal: progress.signal });
  try {
    progress.expect(contentLength);
    const parts = partsOf(watched(body, progress), partSizeFor(contentLength));
    const { value: first = Buffer.alloc(0) } = await parts.next();
    if (first.length < smallFile || contentLength === first.length) return await put(io, file, first, progress);
    return await upload(io, file, first, parts, progress);
  } finally {
    body.destroy();
  }
}

async function* watched(chunks: AsyncIterable<Uint8Array>, progress: CopyProgress): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    progress.received(chunk.length);
    yield chunk;
  }
}

async function put(
  { s3, bucket: Bucket }: CopyIO,
  file: FileRow,
  bytes: Buffer,
  progress: CopyProgress,
): Promise<Copied> {
  const digest = createHash('md5').update(bytes).digest();
  checkMd5(file, digest.toString('hex'));
  await progress.mayWrite();
  const target = { Bucket, Key: file.objectKey };
  const ContentMD5 = digest.toString('base64');
  const command = new PutObjectCommand({
    ...target,
    Body: bytes,
    ContentMD5,
    IfNoneMatch: '*',
    Metadata: metadataOf(file),
  });
  try {
    await s3.send(command, { abortSignal: progress.signal });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error;
    await checkOurs({ s3, bucket: Bucket }, file, bytes.length);
  }
  progress.stored(bytes.length);
  return { size: bytes.length };
}

async function upload(
  { s3, bucket }: CopyIO,
  file: FileRow,
  first: Buffer,
  rest: AsyncGenerator<Buffer>,
  progress: CopyProgress,
): Promise<Copied> {
  await progress.mayWrite();
  const target = await Upload.begin(s3, bucket, file.objectKey, metadataOf(file), progress);
  try {
    const md5 = createHash('md5');
    let crc = 0;
    let size = 0;
    for (let part: Buffer | undefined = first; part; part = (await rest.next()).value) {
      await target.add(part);
      md5.update(part);
      crc = crc32(part, crc);
      size += part.length;
    }
    await target.settled();
    checkMd5(file, md5.digest('hex'));
    return { size, upload: { uploadId: target.uploadId, crc32: base64Crc(crc) } };
  } catch (error) {
    await target.abort();
    throw error;
  }
}

function checkMd5(file: FileRow, found: string): void {
  if (found !== file.checksum) throw new ChecksumError(`The MD5 is ${found}, the portal announced ${file.checksum}`);
}

/** Under KMS an ETag is no MD5: whoever checks the object later finds DST's own beside it. */
const metadataOf = ({ checksum }: FileRow) => ({ md5: checksum });

/**
 * Checks that the object which is there already is the file: put by an attempt of ours that did not live to tell.
 *
 * @throws PermanentError when it is another one
 */
export async function checkOurs(
  { s3, bucket }: Pick<CopyIO, 's3' | 'bucket'>,
  file: FileRow,
  size: number,
): Promise<void> {
  const found = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: file.objectKey }));
  if (found.Metadata?.md5 === file.checksum && found.ContentLength === size) return;
  throw new PermanentError(`S3 has another object at the key of file ${file.fileId}`);
}
