import { createHash } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError, TransientError } from '../../platform/errors.ts';
import { type FileRow, fitsAnnouncedSize } from '../file.ts';
import { differencesOfHead } from '../stored-object.ts';
import type { CopyProgress } from './progress.ts';
import { ResumeError } from './resume.ts';

/** The bytes that came are not those that the portal announced. */
export class ChecksumError extends TransientError {
  override readonly name = 'ChecksumError';
}

interface Target {
  s3: Pick<S3Client, 'send'>;
  bucket: string;
}

/**
 * Puts a whole file, S3 checking the portal's own MD5.
 *
 * @throws what `checkMd5` throws, PermanentError when there is another object
 */
export async function putFile(
  target: Target,
  file: FileRow,
  bytes: Buffer,
  progress: Pick<CopyProgress, 'write'>,
): Promise<void> {
  const digest = createHash('md5').update(bytes).digest();
  checkMd5(file, digest.toString('hex'), bytes.length);
  const command = new PutObjectCommand({
    Bucket: target.bucket,
    Key: file.objectKey,
    Body: bytes,
    ContentMD5: digest.toString('base64'),
    ...noneThere(file),
    Metadata: metadataOf(file),
  });
  try {
    await progress.write((abortSignal) => target.s3.send(command, { abortSignal }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error;
    await checkOurs(target, file, { size: bytes.length });
  }
}

/**
 * Checks what came of a file.
 *
 * @param bytes how many came
 * @throws ChecksumError when the MD5 is another than announced; ResumeError when the length is another, too, as that of a page
 *   of a proxy or of an answer that was cut off without a sign
 */
export function checkMd5(file: FileRow, found: string, bytes: number): void {
  if (found === file.checksum) return;
  const text = `The MD5 is ${found}, the portal announced ${file.checksum}`;
  if (fitsAnnouncedSize(file, bytes) !== false) throw new ChecksumError(text);
  throw new ResumeError(`${text}; ${bytes} bytes came, the portal announced ${file.announcedSize ?? file.size}`);
}

/** Lets S3 refuse to replace an object; that of a file which is fetched once more is to be replaced. */
export const noneThere = ({ storedAt }: FileRow) => (storedAt === undefined ? { IfNoneMatch: '*' } : {});

/** Under KMS an ETag is no MD5: whoever checks the object later finds DST's own beside it. */
export const metadataOf = ({ checksum }: FileRow) => ({ md5: checksum });

/**
 * Checks that the object which is there already is the file: put by an attempt of ours that did not live to tell.
 *
 * @param put bytes, and the full-object CRC32 of what was put in parts
 * @throws PermanentError when it is another one
 */
export async function checkOurs(
  { s3, bucket }: Target,
  { fileId, objectKey, checksum }: FileRow,
  put: { size: number; crc32?: string },
): Promise<void> {
  const head = new HeadObjectCommand({ Bucket: bucket, Key: objectKey, ChecksumMode: 'ENABLED' });
  if (differencesOfHead({ checksum, ...put }, await s3.send(head)).length === 0) return;
  throw new PermanentError(`S3 has another object at the key of file ${fileId}`);
}
