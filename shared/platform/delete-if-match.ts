import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import type { Bucket } from './s3.ts';

/**
 * Deletes an object, but not another one that was put in its place.
 *
 * @param etag of the one meant, as S3 gives it
 * @returns whether it is gone; else another one is there
 */
export async function deleteVersion({ s3, name: Bucket }: Bucket, key: string, etag: string): Promise<boolean> {
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
