import { describeError, isRetryable } from '../../platform/errors.ts';
import { changeJob, type JobChange } from '../change-job.ts';
import { NotAllowedError } from '../errors.ts';
import { readJob } from '../find.ts';
import { checkMayRun } from '../job-inputs.ts';
import { hasEnded } from '../job-state.ts';
import { jobTypeOf } from '../job-types/all.ts';
import type { JobServer, JobStatus, Resource } from '../resources/resource.ts';
import type { CurrentJobDetails, JobRow } from '../rows.ts';
import { stopJob } from '../stop-job.ts';
import type { JobsContext } from './context.ts';
import { beat } from './heartbeat.ts';
import { handleOf } from './launch.ts';
import type { JobStep, JobStepInput } from './step.ts';

/** Milliseconds beyond its time limit after which a job is stopped, whatever its resource does. */
const overtime = 2 * 3600_000;

/** Shortest and longest pause between two looks at a job, in seconds. */
const [shortest, longest] = [1, 300];

/**
 * Pause until the next look: a tenth of the job's age. An execution of a week has some 2,100 looks of 9 events each, of the
 * 25,000 events that it may have (AWS Step Functions developer guide, quotas).
 *
 * @param age in milliseconds
 * @returns seconds
 */
const pauseAt = (age: number): number => Math.min(longest, Math.max(shortest, Math.round(age / 10_000)));

/**
 * Looks at a job once: its state, its log, its server, whether it shall or must stop.
 *
 * @param input with `only`, a job that is `stopping` is stopped, and nothing else is done
 * @throws TransientError when another attempt may help
 */
export async function watchJob(context: JobsContext, { userId, jobId, only }: JobStepInput): Promise<JobStep> {
  const { clock } = context;
  const id = { userId, jobId };
  const step = (next: JobStep['next'], pause = 1): JobStep => ({ userId, jobId, next, pause });
  const job = await readJob(context, id);
  if (!job || hasEnded(job.state)) return step('stop');
  const handle = handleOf(job);
  if (only === 'stop') {
    if (handle !== undefined && job.state === 'stopping') await context.resource(job.resource).stop(handle);
    return { ...step('stop'), only };
  }
  if (handle === undefined) return step('end');
  await beat(context, id);
  const resource = context.resource(job.resource);
  const seen = await look(context, resource, handle, jobId);
  if (seen.status.state === 'complete' || seen.status.state === 'failed') return step('end');
  const refusal = await refusalOf(context, job);
  if (refusal !== undefined) await stopJob(context, id, refusal);
  const isLate = job.startedAt !== undefined && clock.now() > job.startedAt + job.timeLimitMinutes * 60_000 + overtime;
  const stops = job.state === 'stopping' || refusal !== undefined;
  if (stops || isLate) await resource.stop(handle);
  await changeJob(context, id, (now) => changeBy(context, now, seen));
  const since = stops ? (job.stopAskedAt ?? clock.now()) : (job.startedAt ?? job.createdAt);
  return step('watch', pauseAt(clock.now() - since));
}

/** Why the owner may not run the job any more. */
async function refusalOf(context: JobsContext, job: JobRow): Promise<string | undefined> {
  try {
    await checkMayRun(context, job);
    return undefined;
  } catch (error) {
    if (error instanceof NotAllowedError) return error.message;
    throw error;
  }
}

interface Look {
  status: JobStatus;
  server?: JobServer | undefined;
}

/** A resource that gives no answer leaves the job as it is. */
async function look(context: JobsContext, resource: Resource, handle: string, jobId: number): Promise<Look> {
  try {
    const status = await resource.status(handle);
    if (status.state !== 'running') return { status };
    await resource.saveLogs(handle);
    return { status, server: await resource.server(handle) };
  } catch (error) {
    if (!isRetryable(error)) throw error;
    context.log.warn('a resource gives no answer about a job', { jobId, error: describeError(error) });
    return { status: { state: 'unknown' } };
  }
}

function changeBy(context: JobsContext, job: JobRow, { status, server }: Look): JobChange | undefined {
  if (status.state === 'unknown') return { current: { ...job.current, stale: true } };
  if (status.state !== 'running' && status.state !== 'pending') return undefined;
  const { stale: _, ...kept } = job.current;
  const isReady = server !== undefined;
  const message = messageOf(context, job, status, isReady);
  const current: CurrentJobDetails = {
    ...kept,
    ...(message !== undefined && { message }),
    time_left: timeLeft(context, job, status),
  };
  const isNew = isReady && job.proxy?.port === 0;
  return {
    state: status.state,
    current,
    ...(isNew && job.proxy && { proxy: { ...job.proxy, ...server } }),
    ...(isNew && { metrics: { time_init: (context.clock.now() - (job.startedAt ?? job.createdAt)) / 1_000 } }),
  };
}

function messageOf(context: JobsContext, job: JobRow, status: JobStatus, isReady: boolean): string | undefined {
  if (status.state === 'pending') return status.reason;
  if (!jobTypeOf(context.configuration, job.jobType).server) return undefined;
  return isReady ? 'Webserver ready.' : 'Webserver not ready.';
}

/** Seconds until the time limit; null before the start. */
function timeLeft({ clock }: JobsContext, job: JobRow, { startedAt }: JobStatus): number | null {
  if (startedAt === undefined) return null;
  return Math.max(0, Math.round((startedAt + job.timeLimitMinutes * 60_000 - clock.now()) / 1_000));
}
