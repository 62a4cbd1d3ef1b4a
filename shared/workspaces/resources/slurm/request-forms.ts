import * as z from 'zod';
import type { slurmVersionNames } from '../../configuration.ts';
import type { JobStatus } from '../resource.ts';
import { statusOf } from './states.ts';

/** A job as slurmrestd gets it. Times are in minutes, memory in MiB. */
export interface Submission {
  name: string;
  script: string;
  directory: string;
  environment: Readonly<Record<string, string>>;
  partition: string | undefined;
  account: string | undefined;
  cores: number;
  memoryMb: number;
  gpus: number;
  timeLimitMinutes: number;
}

export type SlurmVersionName = (typeof slurmVersionNames)[number];

/** Forms of one version of slurmrestd's data. */
export interface SlurmVersion {
  /** Body of `POST job/submit`. */
  submission(job: Submission): object;
  /** Parses a job of `GET job/{id}`. */
  status(job: unknown): JobStatus;
}

const signalBits = 0x7f;

const job0038 = z.object({
  job_state: z.string(),
  state_reason: z.string().default(''),
  /** As of wait(2). */
  exit_code: z.int().optional(),
  start_time: z.int().optional(),
  end_time: z.int().optional(),
  cpus: z.int().optional(),
});

/** Plain texts and integers (Slurm 22.05). */
const v0038: SlurmVersion = {
  submission: ({ script, ...job }) => ({
    script,
    job: {
      ...common(job),
      environment: job.environment,
      nodes: [1, 1],
      requeue: 'false',
      time_limit: job.timeLimitMinutes,
      memory_per_node: job.memoryMb,
      ...(job.gpus > 0 && { tres_per_job: `gres:gpu:${job.gpus}` }),
    },
  }),
  status(value) {
    const { job_state, state_reason, exit_code, start_time, end_time, cpus } = job0038.parse(value);
    const exit = exit_code === undefined ? undefined : { code: exit_code >> 8, signal: exit_code & signalBits };
    return statusOf({
      states: [job_state],
      reason: state_reason,
      exit,
      startTime: start_time,
      endTime: end_time,
      cpus,
    });
  },
};

/** A number that may be unset or infinite. */
const optionalNumber = z
  .object({ set: z.boolean(), infinite: z.boolean().default(false), number: z.number().default(0) })
  .transform(({ set, infinite, number }) => (set && !infinite ? number : undefined))
  .optional();

const job0040 = z.object({
  job_state: z.union([z.string().transform((state) => [state]), z.array(z.string())]),
  state_reason: z.string().default(''),
  exit_code: z
    .object({ return_code: optionalNumber, signal: z.object({ id: optionalNumber }).optional() })
    .transform(({ return_code = 0, signal }) => ({ code: return_code, signal: signal?.id ?? 0 }))
    .optional(),
  start_time: optionalNumber,
  end_time: optionalNumber,
  cpus: optionalNumber,
});

const setNumber = (number: number) => ({ set: true, infinite: false, number });

/** Numbers in objects, states and variables in lists (Slurm 23.11). */
const v0040: SlurmVersion = {
  submission: ({ script, ...job }) => ({
    script,
    job: {
      ...common(job),
      environment: Object.entries(job.environment).map(([name, value]) => `${name}=${value}`),
      nodes: '1',
      requeue: false,
      time_limit: setNumber(job.timeLimitMinutes),
      memory_per_node: setNumber(job.memoryMb),
      ...(job.gpus > 0 && { tres_per_job: `gres/gpu=${job.gpus}` }),
    },
  }),
  status(value) {
    const { job_state, state_reason, exit_code, start_time, end_time, cpus } = job0040.parse(value);
    return statusOf({
      states: job_state,
      reason: state_reason,
      exit: exit_code,
      startTime: start_time,
      endTime: end_time,
      cpus,
    });
  },
};

function common(job: Omit<Submission, 'script'>) {
  return {
    name: job.name,
    current_working_directory: job.directory,
    ...(job.partition && { partition: job.partition }),
    ...(job.account && { account: job.account }),
    tasks: 1,
    cpus_per_task: job.cores,
    // The script keeps the job's output itself.
    standard_output: '/dev/null',
    standard_error: '/dev/null',
  };
}

export const slurmVersions: Readonly<Record<SlurmVersionName, SlurmVersion>> = { 'v0.0.38': v0038, 'v0.0.40': v0040 };
