import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { forEachConcurrently } from '../../../platform/concurrency.ts';
import { PermanentError } from '../../../platform/errors.ts';
import { isSafeName } from '../../names.ts';
import { jobObjectKey } from '../job-objects.ts';
import { jobServerSchema } from '../job-server.ts';
import type { JobStatus, JobToRun, OutputFile, Resource } from '../resource.ts';
import type { SlurmClient } from './client.ts';
import { clusterScript, type JobAddresses } from './script.ts';

export interface SlurmOptions {
  client: SlurmClient;
  s3: S3Client;
  buckets: { workspaces: string; files: string };
  /** Directory that exists on every node. */
  directory: string;
  partition?: string | undefined;
  gpuPartition?: string | undefined;
  account?: string | undefined;
}

/** Most files that a job may leave. */
const maxOutputs = 500;
/** Minutes that SLURM grants a job beside its time limit, to fetch and to store files. */
const stagingMinutes = 60;
/** Seconds for which a job may wait in the queue: the addresses in it are valid for that and its time limit. */
const queueSeconds = 24 * 3600;
/** The longest that an address may be valid, in seconds (Amazon S3 user guide, presigned URLs). */
const longestAddress = 7 * 24 * 3600;
/** Milliseconds from the request to end until SLURM kills the job. */
const killDelay = 120_000;

const concurrency = 8;

/**
 * Runs jobs on a SLURM cluster by slurmrestd. Nodes need bash, curl, coreutils and findutils, and a way to S3. All jobs run as one
 * SLURM user; the gateway's keys never leave it.
 */
export function slurmResource(options: SlurmOptions): Resource {
  const { client, s3, buckets } = options;
  const objects = (handle: string) => {
    const { workspaceId, jobId } = parseHandle(handle);
    const at = (name: string) => ({ Bucket: buckets.workspaces, Key: jobObjectKey(workspaceId, jobId, name) });
    return { at, read: (name: string) => readText(s3, at(name)) };
  };
  const handleOf = (job: JobToRun, slurmJobId: number) => `${job.workspaceId}/${job.jobId}/${slurmJobId}`;

  return {
    async launch(job, again) {
      const name = `workspace-${job.workspaceId}-job-${job.jobId}`;
      // The answer to an earlier attempt may have been lost. A cluster's list of jobs can be long.
      const known = again ? await client.find(name) : undefined;
      const slurmJobId = known ?? (await client.submit(await submission(options, job, name)));
      return { resourceJobId: slurmJobId, handle: handleOf(job, slurmJobId) };
    },
    async status(handle) {
      const status = await client.status(parseHandle(handle).slurmJobId);
      if (status && (status.state === 'pending' || status.state === 'running' || status.state === 'unknown'))
        return status;
      // SLURM forgets ended jobs, and knows nothing of what the script says about the end.
      const ended = await objects(handle).read('ended');
      if (ended !== undefined) return { ...status, ...endOf(ended) };
      if (status?.state === 'complete' && status.reason === undefined) {
        return { ...status, state: 'failed', reason: 'the job could not store what it left' };
      }
      return status ?? { state: 'failed', reason: 'SLURM does not know the job any more', endedAt: Date.now() };
    },
    async stop(handle) {
      const { slurmJobId } = parseHandle(handle);
      const { at } = objects(handle);
      const asked = await s3
        .send(new HeadObjectCommand(at('stop')))
        .then(({ LastModified }) => LastModified, unlessMissing);
      if (!asked) await s3.send(new PutObjectCommand({ ...at('stop'), Body: '' }));
      const status = await client.status(slurmJobId);
      const late = asked !== undefined && asked.getTime() + killDelay < Date.now();
      // A running job gets the time to store its files.
      if (status?.state === 'pending' || late) await client.cancel(slurmJobId);
    },
    async server(handle) {
      const text = await objects(handle).read('server');
      return text === undefined ? undefined : jobServerSchema.parse(JSON.parse(text));
    },
    // The job itself does.
    saveLogs: async () => {},
    async saveOutputs(handle) {
      const { workspaceId, jobId } = parseHandle(handle);
      const listed = parseOutputs((await objects(handle).read('outputs')) ?? '');
      const outputs: OutputFile[] = [];
      await forEachConcurrently(listed, concurrency, async ({ slot, name }) => {
        const key = slotKey(workspaceId, jobId, slot);
        const head = await s3.send(new HeadObjectCommand({ Bucket: buckets.workspaces, Key: key }));
        outputs.push({ name, key, size: head.ContentLength ?? 0, etag: head.ETag ?? '' });
      });
      return outputs.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    },
    async remove(handle) {
      const { at } = objects(handle);
      for (const name of ['stop', 'server', 'outputs', 'ended']) await s3.send(new DeleteObjectCommand(at(name)));
    },
  };
}

async function submission(options: SlurmOptions, job: JobToRun, name: string) {
  const minutes = Math.ceil(job.timeLimitMinutes);
  return {
    name,
    script: clusterScript(job.script, await addressesOf(options, job), job.timeLimitMinutes),
    directory: options.directory,
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', ...job.environment, JOB_ID: `${job.jobId}` },
    partition: (job.gpus > 0 ? options.gpuPartition : undefined) ?? options.partition,
    account: options.account,
    cores: job.cores,
    memoryMb: job.memoryMb,
    gpus: job.gpus,
    timeLimitMinutes: minutes + stagingMinutes,
  };
}

async function addressesOf({ s3, buckets }: SlurmOptions, job: JobToRun): Promise<JobAddresses> {
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

const slotKey = (workspaceId: number, jobId: number, slot: number) =>
  `workspaces/${workspaceId}/files/job-${jobId}-${slot}`;

function parseHandle(handle: string) {
  const [, workspaceId, jobId, slurmJobId] = /^(\d+)\/(\d+)\/(\d+)$/.exec(handle) ?? [];
  if (!slurmJobId) throw new PermanentError('The handle of a SLURM job has three numbers');
  return { workspaceId: Number(workspaceId), jobId: Number(jobId), slurmJobId: Number(slurmJobId) };
}

/** End of a job by its script: exit code, seconds since 1970, reason. */
function endOf(text: string): JobStatus {
  const [, code, at, reason] = /^(\d{1,3}) (\d{1,12}) ?(.*)$/.exec(text.trim()) ?? [];
  if (code === undefined) throw new PermanentError('The job told its end in no form that is known');
  const exitCode = Number(code);
  const endedAt = Number(at) * 1_000;
  if (reason === 'stopped' || reason === 'time limit') return { state: 'complete', exitCode, reason, endedAt };
  if (exitCode === 0) return { state: 'complete', exitCode, endedAt };
  return { state: 'failed', exitCode, reason: reason?.slice(0, 300) || `exit code ${exitCode}`, endedAt };
}

/** @throws PermanentError for a list that the script would not make, or a name that a workspace cannot have */
function parseOutputs(text: string): { slot: number; name: string }[] {
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length > maxOutputs) throw new PermanentError(`The job left more than ${maxOutputs} files`);
  return lines.map((line) => {
    const [, slot, encoded = ''] = /^(\d{1,3}) \d+ ([A-Za-z0-9+/=]+)$/.exec(line) ?? [];
    if (slot === undefined) throw new PermanentError('The list of files that the job left has no form that is known');
    const name = Buffer.from(encoded, 'base64').toString();
    if (!isSafeName(name)) {
      throw new PermanentError(`The job left a file whose name a workspace cannot have: ${JSON.stringify(name)}`);
    }
    return { slot: Number(slot), name };
  });
}

/** Most bytes of an object that a job writes about itself. */
const maxBytes = 1024 ** 2;

async function readText(s3: S3Client, at: { Bucket: string; Key: string }): Promise<string | undefined> {
  try {
    const answer = await s3.send(new GetObjectCommand(at));
    if ((answer.ContentLength ?? 0) > maxBytes) throw new PermanentError(`${at.Key} is too large`);
    return await answer.Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && (error.name === 'NotFound' || error.name === 'NoSuchKey')) return;
  throw error;
}
