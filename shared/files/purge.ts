import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { TransientError } from '../platform/errors.ts';

export interface Bucket {
  s3: Pick<S3Client, 'send'>;
  name: string;
}

/** Most rounds of delete-and-list: whoever still writes stops when its lease is over, before the purge begins. */
const rounds = 10_000;

/**
 * Removes every object and every unfinished upload under a prefix, in batches, until a listing shows none.
 *
 * @param isOver asked between batches; true ends the purge early
 * @returns whether nothing remains
 */
export async function purge(bucket: Bucket, prefix: string, isOver: () => boolean): Promise<boolean> {
  for (let round = 0; round < rounds; round++) {
    const aborted = await abortUploads(bucket, prefix);
    const deleted = await deletePage(bucket, prefix);
    if (aborted === 0 && deleted === 0) return true;
    if (isOver()) return false;
  }
  throw new TransientError(`S3: objects under ${prefix} keep appearing`);
}

/** Removes one object and its unfinished uploads. Nobody may write to the key any more. */
export async function purgeObject(bucket: Bucket, key: string): Promise<void> {
  await abortUploadsOf(bucket, key);
  await bucket.s3.send(new DeleteObjectCommand({ Bucket: bucket.name, Key: key }));
}

/** Ends the unfinished uploads of one object. */
export async function abortUploadsOf(bucket: Bucket, key: string): Promise<void> {
  await abortUploads(bucket, key, (found) => found === key);
}

/** Ends one page of unfinished uploads under a prefix. S3 says NoSuchUpload when somebody else ended one: that is as well. */
async function abortUploads(
  { s3, name: Bucket }: Bucket,
  Prefix: string,
  matches: (key: string | undefined) => boolean = () => true,
): Promise<number> {
  const answer = await s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix }));
  const uploads = (answer.Uploads ?? []).filter(({ Key }) => matches(Key));
  await Promise.all(
    uploads.map(async ({ Key, UploadId }) => {
      try {
        await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));
      } catch (error) {
        if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
      }
    }),
  );
  return uploads.length;
}

async function deletePage({ s3, name: Bucket }: Bucket, Prefix: string): Promise<number> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  if (Contents.length === 0) return 0;
  const Objects = Contents.map(({ Key }) => ({ Key }));
  const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  const failure = answer.Errors?.[0];
  if (failure) throw new TransientError(`S3: DeleteObjects: ${failure.Code}`);
  return Contents.length;
}
