import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { forEachConcurrently } from './concurrency.ts';
import { TransientError } from './errors.ts';

export interface Bucket {
  s3: Pick<S3Client, 'send'>;
  name: string;
}

/** Most rounds of listing and deleting. Writers have stopped by then, because a purge begins after their leases have ended. */
const rounds = 10_000;

/** Concurrent requests that are about one object each. */
const concurrency = 20;

/**
 * Removes every object and every unfinished upload under a prefix, page by page, until a listing is empty.
 *
 * @param mayGoOn called before objects are deleted; false ends the purge early
 * @returns whether nothing remains
 * @throws TransientError if S3 deletes no object of a page
 */
export async function purge(bucket: Bucket, prefix: string, mayGoOn: () => Promise<boolean>): Promise<boolean> {
  for (let round = 0; round < rounds; round++) {
    const aborted = await abortUploads(bucket, prefix);
    const keys = await listKeys(bucket, prefix);
    if (aborted === 0 && keys.length === 0) return true;
    if (!(await mayGoOn())) return false;
    await deleteObjects(bucket, keys);
  }
  throw new TransientError(`S3: objects under ${prefix} keep appearing`);
}

/** Removes one object and its unfinished uploads. There must be no writer to the key any more. */
export async function purgeObject(bucket: Bucket, key: string): Promise<void> {
  await abortUploadsOf(bucket, key);
  await bucket.s3.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: key }));
}

/**
 * Aborts the unfinished uploads of one object, except the one that is continued. A part in flight may survive the abort of its
 * upload (Amazon S3 API reference, AbortMultipartUpload), so uploads are listed again until there are none.
 */
export async function abortUploadsOf(bucket: Bucket, key: string, continued?: string): Promise<void> {
  const ended = ({ Key, UploadId }: MultipartUpload) => Key === key && UploadId !== continued;
  for (let round = 0; round < rounds; round++) {
    if ((await abortUploads(bucket, key, ended)) === 0) return;
  }
  throw new TransientError(`S3: uploads of ${key} keep appearing`);
}

/** Aborts one page of unfinished uploads under a prefix. @returns the number of uploads */
async function abortUploads(
  bucket: Bucket,
  prefix: string,
  matches: (upload: MultipartUpload) => boolean = () => true,
): Promise<number> {
  const found = (await listUploads(bucket, prefix)).filter(matches);
  await endUploads(bucket, found);
  return found.length;
}

/** One page of the unfinished uploads under a prefix. */
export async function listUploads({ s3, name: Bucket }: Bucket, Prefix: string): Promise<MultipartUpload[]> {
  const answer = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix, EncodingType: 'url' }));
  return (answer.Uploads ?? []).map((upload) => ({ ...upload, Key: decodeKey(upload.Key) }));
}

/** Aborts uploads. NoSuchUpload, for an upload aborted by another caller, counts as success. */
export async function endUploads({ s3, name: Bucket }: Bucket, uploads: readonly MultipartUpload[]): Promise<void> {
  await forEachConcurrently(uploads, concurrency, async ({ Key, UploadId }) => {
    try {
      await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
    } catch (error) {
      if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
    }
  });
}

async function listKeys({ s3, name: Bucket }: Bucket, Prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, EncodingType: 'url' }));
  return Contents.map(({ Key }) => decodeKey(Key));
}

/** Decodes a key of a listing. Keys are encoded as in a URL's query because XML cannot hold some of their characters. */
export const decodeKey = (key = '') => decodeURIComponent(key.replaceAll('+', ' '));

/** Characters that DeleteObjects' XML cannot hold or would change. */
const notInXml = /[^\t\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Deletes objects. Missing objects count as deleted.
 *
 * @param keys at most 1,000 (DeleteObjects, Amazon S3 API reference)
 * @returns the keys that S3 failed to delete
 * @throws TransientError if S3 deleted none
 */
export async function deleteObjects({ s3, name: Bucket }: Bucket, keys: readonly string[]): Promise<Set<string>> {
  const { odd = [], plain = [] } = Object.groupBy(keys, (key) => (notInXml.test(key) ? 'odd' : 'plain'));
  await forEachConcurrently(odd, concurrency, async (Key) => {
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  });
  if (plain.length === 0) return new Set();
  const Objects = plain.map((Key) => ({ Key }));
  const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  if (Errors.length === keys.length) throw new TransientError(`S3: DeleteObjects: ${Errors[0]?.Code}`);
  return new Set(Errors.map(({ Key = '' }) => Key));
}

/**
 * Deletes an object unless it was replaced.
 *
 * @param etag the object's ETag
 * @returns whether the object is gone; false if another object is in its place
 */
export async function deleteIfMatch({ s3, name: Bucket }: Bucket, key: string, etag: string): Promise<boolean> {
  try {
    await s3.send(new DeleteObjectCommand({ Bucket, Key: key, IfMatch: etag }));
    return true;
  } catch (error) {
    const name = error instanceof Error ? error.name : undefined;
    if (name === 'PreconditionFailed') return false;
    if (name === 'NoSuchKey') return true;
    throw error;
  }
}
