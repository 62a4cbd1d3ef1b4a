import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { describeError, PermanentError, TransientError } from '../platform/errors.ts';
import type { FileRow } from './file.ts';
import type { ObjectToRead } from './send/open-object.ts';

/** The object of a stored file is missing or differs from the file. Only fetching the file from DST again helps. */
export class DamagedFileError extends PermanentError {
  override readonly name = 'DamagedFileError';
}

type Stored = Pick<FileRow, 'fileId' | 'objectKey' | 'size' | 'checksum' | 'crc32'>;

/**
 * Finds the object of a stored file.
 *
 * @throws DamagedFileError if the object is missing, or its metadata in S3 does not match the file
 */
export async function findStored(s3: Pick<S3Client, 'send'>, bucket: string, file: Stored): Promise<ObjectToRead> {
  const key = file.objectKey;
  const head = new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' });
  const found = await s3.send(head).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'NotFound') throw damaged(file, ['S3 has no such object']);
    throw new TransientError(`S3: HeadObject of ${key} failed: ${describeError(error)}`, { cause: error });
  });
  const wrong = differencesOfHead(file, found);
  if (wrong.length > 0) throw damaged(file, wrong);
  return { bucket, key, etag: found.ETag ?? '', size: found.ContentLength ?? 0 };
}

/** @throws DamagedFileError if the bytes read of a stored file do not have the MD5 that DST announced */
export function checkReadMd5(file: Stored, md5: string): void {
  if (md5 !== file.checksum) throw damaged(file, [`its MD5 is ${md5}, DST announced ${file.checksum}`]);
}

/** Lists the differences between an object's metadata in S3 and the stored file. */
export function differencesOfHead(
  { size, checksum, crc32 }: Pick<FileRow, 'size' | 'checksum' | 'crc32'>,
  head: Pick<HeadObjectCommandOutput, 'ContentLength' | 'Metadata' | 'ChecksumCRC32' | 'ChecksumType'>,
): string[] {
  const noted = head.Metadata?.md5;
  // S3 may keep another checksum for a copied object, and a composite checksum does not cover the whole object.
  const found = head.ChecksumType === 'COMPOSITE' ? undefined : head.ChecksumCRC32;
  return [
    ...(head.ContentLength === size ? [] : [`it has ${head.ContentLength} bytes, ${size} were stored`]),
    ...(noted === checksum ? [] : [`the MD5 in its metadata is ${noted ?? 'missing'}, DST announced ${checksum}`]),
    ...(found === undefined || crc32 === undefined || found === crc32
      ? []
      : [`its CRC32 is ${found}, ${crc32} was stored`]),
  ];
}

const damaged = ({ fileId, objectKey }: Stored, wrong: readonly string[]) =>
  new DamagedFileError(`File ${fileId} is not in S3 as DST delivered it (${objectKey}): ${wrong.join('; ')}`);
