import type { StagedFile } from '../job-inputs.ts';

/** A file that a job left, stored in the bucket of workspaces. `size` is in bytes. */
export interface OutputFile {
  name: string;
  key: string;
  size: number;
  etag: string;
}

/** A job as a resource runs it. */
export interface JobToRun {
  jobId: number;
  workspaceId: number;
  /** Name in lists of the resource. */
  name: string;
  /** Program for bash. It runs in the job's directory, where the inputs are. */
  script: string;
  /** The whole environment beside PATH, HOME and the like. It never has a secret of the gateway. */
  environment: Readonly<Record<string, string>>;
  cores: number;
  memoryMb: number;
  gpus: number;
  timeLimitMinutes: number;
  inputs: readonly StagedFile[];
}

export interface Launched {
  /** The resource's own number of the job: a process id or a SLURM job id. */
  resourceJobId: number;
  /** Identifies the job for the resource's other calls. */
  handle: string;
}

/** Address at which an interactive job serves HTTP. */
export interface JobServer {
  hostname: string;
  port: number;
}

/** State of a job at a resource. Times are in milliseconds since 1970. */
export interface JobStatus {
  /** `unknown` is a state that says nothing about the end, or no answer: the job keeps its former state. */
  state: 'pending' | 'running' | 'complete' | 'failed' | 'unknown';
  exitCode?: number;
  /** Why the job failed, was stopped, or is unknown. */
  reason?: string;
  startedAt?: number;
  endedAt?: number;
  /** Cores that the job has, if the resource says so. */
  cores?: number;
}

/**
 * Runs jobs. Every call may be repeated after a crash, and then has the effect of one.
 *
 * @throws TransientError if the resource gives no answer
 * @throws PermanentError if it refuses
 */
export interface Resource {
  /** Starts a job that `find` does not find. */
  launch(job: JobToRun): Promise<Launched>;
  /** The job as an earlier launch started it whose answer may have been lost. */
  find(job: Pick<JobToRun, 'jobId' | 'workspaceId'>): Promise<Launched | undefined>;
  status(handle: string): Promise<JobStatus>;
  /** Asks the resource to end the job with all its processes. The job's status tells when it has ended. */
  stop(handle: string): Promise<void>;
  /** Ends the job without the time to store what it left. One that cannot be ended now ends as after `stop`, whatever is removed. */
  kill(handle: string): Promise<void>;
  /** Address of the job's server, once it has told it. */
  server(handle: string): Promise<JobServer | undefined>;
  /** Copies what the job has printed so far to the bucket of workspaces. */
  saveLogs(handle: string): Promise<void>;
  /** Stores the files that an ended job has made or changed. */
  saveOutputs(handle: string): Promise<OutputFile[]>;
  /** Removes what the resource keeps of an ended job. */
  remove(handle: string): Promise<void>;
}

/**
 * Core hours of a job.
 *
 * @param asked cores that were asked for, used when the resource does not say how many it had
 * @returns hours times cores; 0 for a job that never ran
 */
export function coreHours({ startedAt, endedAt, cores }: JobStatus, asked: number): number {
  if (startedAt === undefined || endedAt === undefined) return 0;
  return (Math.max(0, endedAt - startedAt) / 3_600_000) * (cores ?? asked);
}
