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

/** Most rounds of delete-and-list: whoever still writes stops when its lease is over, before the purge begins. */
const rounds = 10_000;

/** Requests on their way at a time, where each is about one object. */
const concurrency = 20;

/**
 * Removes every object and every unfinished upload under a prefix, a listing's page at a time, until a listing shows none.
 *
 * @param mayGoOn asked before objects are deleted; false ends the purge early
 * @returns whether nothing remains
 * @throws TransientError when S3 deletes nothing of a page
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

/** Removes one object and its unfinished uploads. Nobody may write to the key any more. */
export async function purgeObject(bucket: Bucket, key: string): Promise<void> {
  await abortUploadsOf(bucket, key);
  await bucket.s3.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: key }));
}

/**
 * Ends the unfinished uploads of one object, but one that is to be continued. A part that was on its way may outlive the end of
 * its upload (Amazon S3 API reference, AbortMultipartUpload), so that they are listed until there is none.
 */
export async function abortUploadsOf(bucket: Bucket, key: string, continued?: string): Promise<void> {
  const ended = ({ Key, UploadId }: MultipartUpload) => Key === key && UploadId !== continued;
  for (let round = 0; round < rounds; round++) {
    if ((await abortUploads(bucket, key, ended)) === 0) return;
  }
  throw new TransientError(`S3: uploads of ${key} keep appearing`);
}

/** Ends one page of unfinished uploads under a prefix. @returns how many there were */
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

/** Ends uploads. S3 says NoSuchUpload when somebody else ended one: that is as well. */
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

/** Keys come encoded as in a URL's query: some of the characters that they may have can't stand in XML. */
export const decodeKey = (key = '') => decodeURIComponent(key.replaceAll('+', ' '));

/** Characters that can't stand in DeleteObjects' XML, or that come out of it as others. */
const notInXml = /[^\t\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Deletes objects; those that are not there are deleted as well.
 *
 * @param keys at most 1,000 (DeleteObjects, Amazon S3 API reference)
 * @returns those that S3 failed to delete this time
 * @throws TransientError when S3 deleted none
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
 * Deletes an object, but not another one that was put in its place.
 *
 * @param etag of the one meant, as S3 gives it
 * @returns whether it is gone; else another one is there
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
