import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { inject, onTestFinished } from 'vitest';
import type { StagedFile } from '../../../shared/workspaces/job-inputs.ts';
import { localResource } from '../../../shared/workspaces/resources/local/local.ts';
import type { JobStatus, JobToRun, Resource } from '../../../shared/workspaces/resources/resource.ts';
import { useServices } from '../../support/services.ts';

/** Buckets of workspaces and files on the embedded S3. */
export async function createBuckets() {
  const { s3: server } = await useServices();
  const id = randomUUID();
  const buckets = { workspaces: `workspaces-${id}`, files: `files-${id}` };
  await Promise.all(Object.values(buckets).map((name) => server.createBucket(name)));
  const s3 = new S3Client({
    endpoint: server.endpoint,
    region: 'eu-north-1',
    forcePathStyle: true,
    // As those of the functions.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  onTestFinished(() => s3.destroy());
  return {
    s3,
    buckets,
    async put(
      path: string,
      text: string,
      { readOnly = false, bucket = 'workspaces' as const } = {},
    ): Promise<StagedFile> {
      const key = `objects/${createHash('sha256').update(path).digest('hex')}`;
      const answer = await s3.send(new PutObjectCommand({ Bucket: buckets[bucket], Key: key, Body: text }));
      return { path, bucket, key, size: Buffer.byteLength(text), etag: answer.ETag ?? '', readOnly };
    },
    async read(key: string): Promise<string | undefined> {
      const answer = await s3.send(new GetObjectCommand({ Bucket: buckets.workspaces, Key: key }));
      return answer.Body?.transformToString();
    },
  };
}

/** A local resource with buckets of its own. */
export async function createLocalResource({ slots = 2 } = {}) {
  const world = await createBuckets();
  const directory = mkdtempSync(join(inject('directory'), 'jobs-'));
  const create = () => localResource({ directory, slots, s3: world.s3, buckets: world.buckets });
  const resource = create();
  return { ...world, directory, resource, create };
}

let jobs = 0;

export function job(script: string, changes: Partial<JobToRun> = {}): JobToRun {
  const jobId = ++jobs;
  return {
    jobId,
    workspaceId: 7,
    name: `test ${jobId}`,
    script,
    environment: {},
    cores: 1,
    memoryMb: 512,
    gpus: 0,
    timeLimitMinutes: 5,
    inputs: [],
    ...changes,
  };
}

const over = ({ state }: JobStatus) => state === 'complete' || state === 'failed';

/** Waits until a job is in a state that fits, by default an end. */
export async function until(
  resource: Resource,
  handle: string,
  fits: (status: JobStatus) => boolean | Promise<boolean> = over,
): Promise<JobStatus> {
  for (;;) {
    const status = await resource.status(handle);
    if (await fits(status)) return status;
    if (over(status)) throw new Error(`The job ended: ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
