import { mkdirSync } from 'node:fs';
import { BucketAlreadyOwnedByYou, CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { region } from '../resources.ts';
import { anyCredentials, type LocalCredentials } from '../services/guard.ts';
import type { CorsRule } from './cors.ts';
import { type S3Faults, startS3Worker, type WorkerOptions } from './worker.ts';

export interface S3 extends AsyncDisposable {
  endpoint: string;
  faults: S3Faults;
  /** Lets pages of other origins in, as the rules say. */
  setCors(rules: readonly CorsRule[]): void;
  /** Creates a bucket unless it exists. */
  createBucket(name: string): Promise<void>;
}

/**
 * Starts an S3 in its own thread.
 * @param credentials the accepted credentials; without them all requests are accepted, for tests
 */
export async function startS3(
  directory: string,
  told: Pick<WorkerOptions, 'notifications' | 'notify' | 'onProblem'> = { notifications: [], notify() {} },
  credentials?: LocalCredentials,
): Promise<S3> {
  mkdirSync(directory, { recursive: true });
  const secretAccessKey = credentials?.secretAccessKey;
  const { endpoint, faults, setCors, stop } = await startS3Worker({ directory, secretAccessKey, ...told });
  const client = new S3Client({ endpoint, region, credentials: credentials ?? anyCredentials, forcePathStyle: true });
  return {
    endpoint,
    faults,
    setCors,
    async createBucket(name) {
      try {
        await client.send(new CreateBucketCommand({ Bucket: name }));
      } catch (error) {
        if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await stop();
    },
  };
}
