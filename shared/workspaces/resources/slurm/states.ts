import type { JobStatus } from '../resource.ts';

/** Facts about a job, whatever the version. Times are in seconds since 1970, 0 if unset. */
export interface SlurmFacts {
  /** The state, and flags beside it such as COMPLETING. */
  states: readonly string[];
  reason: string;
  exit: { code: number; signal: number } | undefined;
  startTime: number | undefined;
  endTime: number | undefined;
  cpus: number | undefined;
}

const pending = [
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_FED',
  'REQUEUE_HOLD',
  'RESV_DEL_HOLD',
  'SPECIAL_EXIT',
  'STOPPED',
  'SUSPENDED',
];
const running = ['RUNNING', 'COMPLETING', 'RESIZING', 'SIGNALING', 'STAGE_OUT'];
/** Ends that are no fault of the job's program, with their reasons. */
const failures: Readonly<Record<string, string>> = {
  BOOT_FAIL: 'the node did not start',
  DEADLINE: 'the deadline of the cluster',
  LAUNCH_FAILED: 'SLURM could not start the job',
  NODE_FAIL: 'the node failed',
  OUT_OF_MEMORY: 'out of memory',
  PREEMPTED: 'displaced by another job',
  RECONFIG_FAIL: 'the node could not be configured',
  REVOKED: 'moved to another cluster',
};

/**
 * The status of a job (squeue(1), "Job state codes"). A state that is not known is `unknown`, never an end.
 */
export function statusOf({ states, reason, exit, startTime, endTime, cpus }: SlurmFacts): JobStatus {
  const has = (...known: string[]) => states.find((state) => known.includes(state));
  const started = startTime ? { startedAt: startTime * 1_000 } : {};
  const cores = cpus ? { cores: cpus } : {};
  // Flags come first: a job that is COMPLETING has the state of its end beside it.
  if (has(...running)) return { state: 'running', ...started, ...cores };
  // Their start is an estimate.
  if (has(...pending)) return { state: 'pending', ...(reason && reason !== 'None' && { reason }) };
  const ended = { ...started, ...cores, ...(endTime && { endedAt: endTime * 1_000 }) };
  const exitCode = exit && { exitCode: exit.signal > 0 ? 128 + exit.signal : exit.code };
  if (has('COMPLETED')) return { state: 'complete', exitCode: 0, ...ended };
  if (has('CANCELLED')) return { state: 'complete', reason: 'stopped', ...ended };
  if (has('TIMEOUT')) return { state: 'complete', reason: 'time limit', ...ended };
  if (has('FAILED'))
    return { state: 'failed', ...exitCode, reason: `exit code ${exitCode?.exitCode ?? 'unknown'}`, ...ended };
  const failure = has(...Object.keys(failures));
  if (failure) return { state: 'failed', ...exitCode, reason: failures[failure] ?? failure, ...ended };
  return { state: 'unknown', reason: `SLURM answers the state ${states.join(' ')}` };
}
