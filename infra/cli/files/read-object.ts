import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { TransientError } from '../../../shared/platform/errors.ts';

/** Consecutive failures without a byte in between, after which reading an object is given up. */
const maxFailures = 5;

export interface ObjectVersion {
  Bucket: string;
  Key: string;
  /** Its ETag. */
  IfMatch: string;
}

/**
 * Streams the content of an object, and resumes after a broken connection.
 *
 * @param size bytes
 * @param pause milliseconds before the second try, doubling
 * @throws S3ServiceException when S3 refuses, with PreconditionFailed when the object is another one by now
 */
export async function* readObject(
  s3: S3Client,
  object: ObjectVersion,
  size: number,
  pause = 500,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (let failures = 0; offset < size; ) {
    try {
      const Range = offset > 0 ? `bytes=${offset}-` : undefined;
      const { Body } = await s3.send(new GetObjectCommand({ ...object, Range }));
      for await (const chunk of Body as AsyncIterable<Uint8Array>) {
        offset += chunk.length;
        failures = 0;
        yield chunk;
      }
      if (offset < size) throw new TransientError(`The answer ended after ${offset} of ${size} bytes`);
    } catch (error) {
      failures += 1;
      // The SDK has repeated requests that S3 itself refused.
      if (error instanceof S3ServiceException || failures === maxFailures) throw error;
      await delay(pause * 2 ** (failures - 1));
    }
  }
}
