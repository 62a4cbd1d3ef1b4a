import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import type { FileRow } from '../../../shared/files/file.ts';
import { checksumAlgorithms, createHasher } from '../../local/s3/checksums.ts';
import { readObject } from './read-object.ts';

/** Size and checksums of an object as read back. */
export interface ObjectReading {
  /** Bytes. */
  size: number;
  /** Hexadecimal. */
  md5: string;
  /** Base64, by algorithm as S3 names it. */
  checksums: ReadonlyMap<string, string>;
}

/** Description of an object by S3. */
export type ObjectDescription = Pick<
  HeadObjectCommandOutput,
  'ContentLength' | 'Metadata' | 'ChecksumType' | `Checksum${(typeof checksumAlgorithms)[number]}`
>;

/**
 * Reads a stored file back, from its first byte to its last, with constant memory.
 *
 * @param onBytes called with each chunk's length
 * @returns differences in words; none if the object is the file that DST delivered
 * @throws S3ServiceException if the object can't be read: NotFound if there is none
 */
export async function readBack(
  { s3, bucket: Bucket }: { s3: S3Client; bucket: string },
  file: FileRow,
  onBytes: (count: number) => void,
): Promise<string[]> {
  const target = { Bucket, Key: file.objectKey };
  const head = await s3.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
  const size = head.ContentLength ?? 0;
  const algorithms = new Set(['CRC32' as const, ...wholeChecksums(head).map(([algorithm]) => algorithm)]);
  const md5 = await createHasher('MD5');
  const hashers = await Promise.all(Array.from(algorithms, async (each) => [each, await createHasher(each)] as const));
  let read = 0;
  for await (const chunk of readObject(s3, { ...target, IfMatch: head.ETag ?? '' }, size)) {
    md5.update(chunk);
    for (const [, hasher] of hashers) hasher.update(chunk);
    read += chunk.length;
    onBytes(chunk.length);
  }
  const checksums = new Map(hashers.map(([algorithm, hasher]) => [algorithm, hasher.digest().toString('base64')]));
  return differences(file, head, { size: read, md5: md5.digest().toString('hex'), checksums });
}

/** Checksums of the whole object: a checksum of its parts does not cover the order of all bytes. */
function wholeChecksums(head: ObjectDescription) {
  if (head.ChecksumType === 'COMPOSITE') return [];
  return checksumAlgorithms.flatMap((algorithm) => {
    const value = head[`Checksum${algorithm}`];
    return value === undefined ? [] : [[algorithm, value] as const];
  });
}

/** Differences between a file as DST announced it, as S3 describes it, and as it was read. */
export function differences(
  { checksum, size }: Pick<FileRow, 'checksum' | 'size'>,
  head: ObjectDescription,
  read: ObjectReading,
): string[] {
  const noted = head.Metadata?.md5;
  return [
    ...(read.md5 === checksum ? [] : [`its MD5 is ${read.md5}, DST announced ${checksum}`]),
    ...(noted === checksum ? [] : [`the MD5 in its metadata is ${noted ?? 'missing'}, DST announced ${checksum}`]),
    ...(read.size === size ? [] : [`it has ${read.size} bytes, ${size} were stored`]),
    ...wholeChecksums(head).flatMap(([algorithm, value]) => {
      const found = read.checksums.get(algorithm);
      return found === value ? [] : [`its ${algorithm} is ${found}, S3 has ${value}`];
    }),
  ];
}
