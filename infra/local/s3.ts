import { mkdirSync } from 'node:fs';
import { PermanentError } from '../../shared/platform/errors.ts';
import { type S3Faults, startS3Worker, type WorkerOptions } from './s3/worker.ts';

export interface S3 extends AsyncDisposable {
  endpoint: string;
  faults: S3Faults;
  /** Creates a bucket unless it is there already. */
  createBucket(name: string): Promise<void>;
}

/** Starts an S3 in a thread of its own. */
export async function startS3(
  directory: string,
  { notifications, notify }: Pick<WorkerOptions, 'notifications' | 'notify'> = { notifications: [], notify() {} },
): Promise<S3> {
  mkdirSync(directory, { recursive: true });
  const { endpoint, faults, stop } = await startS3Worker({ directory, notifications, notify });
  return {
    endpoint,
    faults,
    async createBucket(name) {
      const response = await fetch(`${endpoint}/${name}`, { method: 'PUT' });
      const answer = await response.text();
      const exists = response.status === 409 && answer.includes('BucketAlreadyOwnedByYou');
      if (!response.ok && !exists) throw new PermanentError(`S3 did not create the bucket ${name}: ${answer}`);
    },
    [Symbol.asyncDispose]: stop,
  };
}
