import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { cut } from '../../platform/cut.ts';
import { describeError, PermanentError } from '../../platform/errors.ts';
import { endJob, type JobEnd } from '../end-job.ts';
import { registerFiles } from '../files.ts';
import { readJob } from '../find.ts';
import { coreHoursOf, hasEnded } from '../job-state.ts';
import { removeReplaced } from '../replaced-objects.ts';
import type { JobStatus, Resource } from '../resources/resource.ts';
import type { JobRow } from '../rows.ts';
import { workDone } from '../work.ts';
import type { JobsContext } from './context.ts';
import { findLaunched, handleOf } from './launch.ts';
import type { JobStep, JobStepInput } from './step.ts';

/**
 * Ends a job: keeps its log, takes over the files that it left, and gives back what it counted for.
 *
 * @param input with the error of the step before, if one failed for good
 * @throws TransientError when another attempt may help
 */
export async function finishJob(context: JobsContext, input: JobStepInput): Promise<JobStep> {
  const id = { userId: input.userId, jobId: input.jobId };
  // It could not stop the job, which another execution goes on to try.
  if (input.only === 'stop') return { ...id, next: 'stop', pause: 1 };
  const job = await readJob(context, id);
  const resource = job && findResource(context, job.resource);
  const handle = job && (handleOf(job) ?? (resource && (await findLaunched(context, job))?.handle));
  let ended = job;
  if (job && !hasEnded(job.state)) {
    const end =
      input.error || (handle !== undefined && !resource)
        ? await endOfFailure(context, job, { resource, handle }, input.error)
        : resource && handle !== undefined
          ? await endOf(context, job, resource, handle)
          : neverRan(job);
    ended = await endJob(context, id, end);
  }
  if (ended?.process) await context.follower?.ended(ended);
  if (resource && handle !== undefined) await resource.remove(handle);
  if (job) await removeReplaced(context, job);
  await context.db.send(new DeleteCommand(workDone(context, { kind: 'start-job', id: id.jobId })));
  return { ...id, next: 'stop', pause: 1 };
}

/** @returns undefined where the centre has taken the resource out of its configuration: nothing more can be asked of it */
function findResource(context: JobsContext, key: string): Resource | undefined {
  return Object.hasOwn(context.configuration.available_resources, key) ? context.resource(key) : undefined;
}

async function endOf(context: JobsContext, job: JobRow, resource: Resource, handle: string): Promise<JobEnd> {
  const status = await resource.status(handle);
  await resource.saveLogs(handle);
  const end = outcomeOf(job, status);
  try {
    await registerFiles(context, job, await resource.saveOutputs(handle), job);
    return end;
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return { ...end, state: 'failed', reason: error.message };
  }
}

type EndingJob = Pick<JobRow, 'state' | 'cores' | 'current' | 'startedAt' | 'reservedCoreHours'>;

/** How a job ended, by what its resource says. Only exit code 0, a stop and the time limit are no failures. */
export function outcomeOf(job: EndingJob, status: JobStatus): JobEnd {
  const common = { coreHours: usedHours(job, status), exitCode: status.exitCode };
  if (job.state === 'stopping' && status.state === 'complete') {
    return { ...common, state: 'complete', reason: job.current.reason ?? 'stopped' };
  }
  if (status.state === 'complete') return { ...common, state: 'complete', reason: status.reason };
  return { ...common, state: 'failed', reason: status.reason ?? 'the resource does not say why' };
}

/** Core hours of a job that has ended. SLURM and ECS forget it soon: then those since it was first seen running, up to its reservation. */
function usedHours(job: EndingJob, { startedAt, endedAt, cores = job.cores }: JobStatus): number {
  if (endedAt === undefined) return 0;
  if (startedAt !== undefined) return coreHoursOf(cores, endedAt - startedAt);
  if (job.startedAt === undefined) return 0;
  return Math.min(coreHoursOf(cores, endedAt - job.startedAt), job.reservedCoreHours);
}

function neverRan(job: JobRow): JobEnd {
  if (job.state === 'stopping') return { state: 'complete', coreHours: 0, reason: job.current.reason ?? 'stopped' };
  return { state: 'failed', coreHours: 0, reason: 'the job was never launched' };
}

/** After a step that failed for good: the job is ended as well as can be, as nobody looks at it any more. */
async function endOfFailure(
  context: JobsContext,
  job: JobRow,
  { resource, handle }: { resource: Resource | undefined; handle: string | undefined },
  error: JobStepInput['error'],
): Promise<JobEnd> {
  if (resource && handle !== undefined) {
    await resource.kill(handle).catch((stopError: unknown) => {
      context.log.error('a job could not be stopped', { jobId: job.jobId, error: describeError(stopError) });
    });
  }
  const started = job.startedAt;
  const coreHours = started === undefined ? 0 : coreHoursOf(job.cores, context.clock.now() - started);
  return {
    state: 'failed',
    coreHours,
    reason: error ? causeOf(error) : `The configuration has no resource ${job.resource}`,
  };
}

/** The message of a function's error, which Step Functions gives as JSON. */
function causeOf({ Error: name = 'the execution failed', Cause }: NonNullable<JobStepInput['error']>): string {
  const text = /"errorMessage"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(Cause ?? '')?.[1];
  return text === undefined ? name : cut(JSON.parse(`"${text}"`), 500);
}
