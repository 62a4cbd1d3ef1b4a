import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { PermanentError } from '../../../platform/errors.ts';
import { jobObjectKey, outputPrefix } from '../job-objects.ts';
import type { JobToRun } from '../resource.ts';
import type { JobAddresses } from './job-script.ts';
import { maxOutputs } from './limits.ts';

/** The longest that an address may be valid, in seconds (Amazon S3 user guide, presigned URLs). */
const longestAddress = 7 * 24 * 3600;

export interface StagingOptions {
  s3: S3Client;
  buckets: { workspaces: string; files: string };
}

/**
 * Signs the addresses with which a job fetches and stores its files.
 *
 * @param queueSeconds for which the job may wait for its start; the addresses are valid for that and its time limit
 */
export async function addressesOf(
  { s3, buckets }: StagingOptions,
  job: JobToRun,
  queueSeconds: number,
): Promise<JobAddresses> {
  const expiresIn = Math.min(longestAddress, queueSeconds + Math.ceil(job.timeLimitMinutes * 60));
  const at = (Key: string) => ({ Bucket: buckets.workspaces, Key });
  const put = (Key: string) => getSignedUrl(s3, new PutObjectCommand(at(Key)), { expiresIn });
  const object = (name: string) => jobObjectKey(job.workspaceId, job.jobId, name);
  const [stdout, stderr, server, outputs, ended] = await Promise.all(
    ['stdout', 'stderr', 'server', 'outputs', 'ended'].map((name) => put(object(name))),
  );
  if (!stdout || !stderr || !server || !outputs || !ended) throw new PermanentError('An address is missing');
  return {
    inputs: await Promise.all(
      job.inputs.map(async ({ path, size, readOnly, bucket, key }) => {
        const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: buckets[bucket], Key: key }), { expiresIn });
        return { path, size, readOnly, url };
      }),
    ),
    outputs: await Promise.all(
      Array.from({ length: maxOutputs }, (_, slot) => put(slotKey(job.workspaceId, job.jobId, slot))),
    ),
    put: { stdout, stderr, server, outputs, ended },
    stop: await getSignedUrl(s3, new GetObjectCommand(at(object('stop'))), { expiresIn }),
  };
}

/** Key of a file that a job leaves, by its number. */
export const slotKey = (workspaceId: number, jobId: number, slot: number) =>
  `${outputPrefix(workspaceId, jobId)}${slot}`;
