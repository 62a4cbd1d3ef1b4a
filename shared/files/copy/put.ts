import { createHash } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../platform/errors.ts';
import type { FileRow } from '../file.ts';
import { differencesOfHead } from '../stored-object.ts';
import { checkMd5 } from './check-md5.ts';
import type { CopyProgress } from './copy-progress.ts';

interface Target {
  s3: Pick<S3Client, 'send'>;
  bucket: string;
}

/**
 * Puts a whole file; S3 checks the portal's MD5.
 *
 * @throws the errors of `checkMd5`, PermanentError if another object exists
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

/** Makes S3 refuse to replace an object, except that of a file which is fetched once more. */
export const noneThere = ({ storedAt }: FileRow) => (storedAt === undefined ? { IfNoneMatch: '*' } : {});

/** Stores DST's MD5 with the object for later checks, because with KMS the ETag is no MD5. */
export const metadataOf = ({ checksum }: FileRow) => ({ md5: checksum });

/**
 * Checks that an existing object is the file, put by an earlier attempt that did not record it.
 *
 * @param put size in bytes, and the full-object CRC32 if put in parts
 * @throws PermanentError if the object differs
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
