import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { TransientError } from '../../shared/platform/errors.ts';
import { jobObjectKey, outputKey } from '../../shared/workspaces/resources/job-objects.ts';
import type { JobToRun, Resource } from '../../shared/workspaces/resources/resource.ts';
import type { Calls, Process } from './calls.ts';
import type { Random } from './random.ts';
import { workspacesBucket } from './simulated-services.ts';
import type { Scheduler } from './time.ts';

/** A job as the cluster has it. Times are milliseconds since 1970. */
export interface ClusterJob {
  jobId: number;
  workspaceId: number;
  startedAt: number;
  endsAt: number;
  /** When the gateway first asked to end it. */
  stopAskedAt?: number;
  /** Milliseconds that it takes to end then. */
  lingers: number;
}

/** A resource whose jobs run for some time, leave a file, and end some time after they are stopped. */
export class Cluster {
  readonly jobs = new Map<string, ClusterJob>();
  readonly #scheduler: Scheduler;
  readonly #random: Random;

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  isRunning = ({ endsAt }: ClusterJob): boolean => endsAt > this.#scheduler.now;

  /** The resource as one process has it. */
  seenBy(calls: Calls, process: Process, s3: S3Client): Resource {
    const ask = <Result>(name: string, perform: () => Result): Promise<Result> =>
      calls.make(process, {
        service: 'cluster',
        what: () => name,
        perform,
        lost: () => new TransientError('The cluster gives no answer'),
        busy: () => new TransientError('The cluster is busy'),
      });
    const put = ({ workspaceId, jobId }: ClusterJob, Key: string) =>
      s3.send(
        new PutObjectCommand({ Bucket: workspacesBucket, Key, Body: Buffer.from(`job ${jobId} of ${workspaceId}`) }),
      );
    return {
      launch: (job) => ask(`launch ${job.jobId}`, () => this.#launch(job)),
      find: ({ jobId }) =>
        ask(`find ${jobId}`, () => {
          const handle = `cluster-${jobId}`;
          return this.jobs.has(handle) ? { resourceJobId: jobId, handle } : undefined;
        }),
      status: (handle) =>
        ask(`status ${handle}`, () => {
          const job = this.#find(handle);
          const { startedAt, endsAt } = job;
          if (this.isRunning(job)) return { state: 'running', startedAt } as const;
          return { state: 'complete', exitCode: 0, startedAt, endedAt: endsAt } as const;
        }),
      stop: (handle) => ask(`stop ${handle}`, () => this.#stop(handle)),
      kill: (handle) => ask(`kill ${handle}`, () => this.#kill(handle)),
      server: async () => undefined,
      saveLogs: async (handle) => {
        const job = this.#find(handle);
        if (!this.isRunning(job)) await put(job, jobObjectKey(job.workspaceId, job.jobId, 'stdout'));
      },
      saveOutputs: async (handle) => {
        const job = this.#find(handle);
        const name = `output-${job.jobId}`;
        const key = outputKey(job.workspaceId, job.jobId, name);
        const { ETag: etag = '' } = await put(job, key);
        return [{ name, key, size: 10, etag }];
      },
      remove: async () => {},
    };
  }

  #launch({ jobId, workspaceId }: JobToRun) {
    const handle = `cluster-${jobId}`;
    if (!this.jobs.has(handle)) {
      const { now } = this.#scheduler;
      const chance = this.#random;
      // Some end by themselves, others long after all is over.
      const lasts = chance.pick([5_000, 20_000, 3_600_000]) * chance.next();
      // Some do not care for hours whether they shall end.
      const lingers = chance.chance(0.05) ? 2 * 3_600_000 : 10_000 * chance.next();
      this.jobs.set(handle, { jobId, workspaceId, startedAt: now, endsAt: now + lasts, lingers });
    }
    return { resourceJobId: jobId, handle };
  }

  #stop(handle: string): void {
    const job = this.#find(handle);
    job.stopAskedAt ??= this.#scheduler.now;
    job.endsAt = Math.min(job.endsAt, job.stopAskedAt + job.lingers);
  }

  #kill(handle: string): void {
    const job = this.#find(handle);
    job.endsAt = Math.min(job.endsAt, this.#scheduler.now);
  }

  #find(handle: string): ClusterJob {
    const job = this.jobs.get(handle);
    if (!job) throw new Error(`The cluster has no job ${handle}`);
    return job;
  }
}
