import { createHash } from 'node:crypto';
import { PermanentError } from '../../../platform/errors.ts';
import type { JobToRun, Launched, Resource } from '../resource.ts';
import { addressesOf, type StagingOptions } from '../staging/addresses.ts';
import { stagingScript } from '../staging/job-script.ts';
import { stagedJob } from '../staging/staged-job.ts';
import type { SlurmClient } from './client.ts';

export interface SlurmOptions extends StagingOptions {
  client: SlurmClient;
  /** Directory that exists on every node. */
  directory: string;
  partition?: string | undefined;
  gpuPartition?: string | undefined;
  account?: string | undefined;
}

/** Minutes that SLURM grants a job beside its time limit, to fetch and to store files. */
const stagingMinutes = 60;
/** Seconds for which a job may wait in the queue. */
const queueSeconds = 24 * 3600;

/**
 * Runs jobs on a SLURM cluster by slurmrestd. Nodes need bash, curl, coreutils and findutils, and a way to S3. All jobs run as one
 * SLURM user; the gateway's keys never leave it.
 */
export function slurmResource(options: SlurmOptions): Resource {
  const { client } = options;
  const staged = (handle: string) => {
    const { workspaceId, jobId } = parseHandle(handle);
    return stagedJob(options, workspaceId, jobId);
  };
  const launched = ({ workspaceId, jobId }: Named, slurmJobId: number): Launched => ({
    resourceJobId: slurmJobId,
    handle: `${workspaceId}/${jobId}/${slurmJobId}`,
  });

  return {
    launch: async (job) => launched(job, await client.submit(await submission(options, job))),
    async find(job) {
      const slurmJobId = await client.find(nameOf(options, job));
      return slurmJobId === undefined ? undefined : launched(job, slurmJobId);
    },
    async status(handle) {
      const status = await client.status(parseHandle(handle).slurmJobId);
      if (status && (status.state === 'pending' || status.state === 'running' || status.state === 'unknown'))
        return status;
      // SLURM forgets ended jobs, and knows nothing of what the script says about the end.
      const ended = await staged(handle).ended();
      if (ended !== undefined) return { ...status, ...ended };
      if (status?.state === 'complete' && status.reason === undefined) {
        return { ...status, state: 'failed', reason: 'the job could not store what it left' };
      }
      return status ?? { state: 'failed', reason: 'SLURM does not know the job any more', endedAt: Date.now() };
    },
    async stop(handle) {
      const { slurmJobId } = parseHandle(handle);
      const isLate = await staged(handle).askToEnd();
      const status = await client.status(slurmJobId);
      // A running job gets the time to store its files.
      if (status?.state === 'pending' || isLate) await client.cancel(slurmJobId);
    },
    async kill(handle) {
      await Promise.all([staged(handle).askToEnd(), client.cancel(parseHandle(handle).slurmJobId)]);
    },
    server: (handle) => staged(handle).server(),
    // The job itself does.
    saveLogs: async () => {},
    saveOutputs: (handle) => staged(handle).outputs(),
    remove: (handle) => staged(handle).remove(),
  };
}

type Named = Pick<JobToRun, 'jobId' | 'workspaceId'>;

/** Gateways that share a cluster count their jobs each by itself. No two have a bucket of one name. */
function nameOf({ buckets }: SlurmOptions, { workspaceId, jobId }: Named): string {
  const gateway = createHash('sha256').update(buckets.workspaces).digest('hex').slice(0, 8);
  return `workspace-${workspaceId}-job-${jobId}-${gateway}`;
}

async function submission(options: SlurmOptions, job: JobToRun) {
  const minutes = Math.ceil(job.timeLimitMinutes);
  return {
    name: nameOf(options, job),
    script: stagingScript(job.script, await addressesOf(options, job, queueSeconds), job.timeLimitMinutes),
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

function parseHandle(handle: string) {
  const [, workspaceId, jobId, slurmJobId] = /^(\d+)\/(\d+)\/(\d+)$/.exec(handle) ?? [];
  if (!slurmJobId) throw new PermanentError('The handle of a SLURM job has three numbers');
  return { workspaceId: Number(workspaceId), jobId: Number(jobId), slurmJobId: Number(slurmJobId) };
}
