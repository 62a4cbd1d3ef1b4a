import { createHash } from 'node:crypto';
import { PermanentError } from '../../platform/errors.ts';
import { changeJob } from '../change-job.ts';
import { endJob } from '../end-job.ts';
import { readJob } from '../find.ts';
import { jobInputs } from '../job-inputs.ts';
import { hasEnded } from '../job-state.ts';
import { jobTypeOf } from '../job-types/all.ts';
import type { JobType } from '../job-types/job-type.ts';
import type { JobToRun, Launched } from '../resources/resource.ts';
import type { JobRow } from '../rows.ts';
import type { JobsContext } from './context.ts';
import { beat } from './heartbeat.ts';
import type { JobStep, JobStepInput } from './step.ts';

/** Value of `handle` from the first attempt of a launch until the resource has given one. */
const launching = 'launching';

/** The handle by which the job's resource knows it; undefined before its launch. */
export const handleOf = ({ handle }: JobRow): string | undefined => (handle === launching ? undefined : handle);

/**
 * Launches a job at its resource, with the rights that its owner has now. A job that cannot be launched fails with the reason.
 *
 * @throws TransientError when another attempt may help
 */
export async function launchJob(context: JobsContext, { userId, jobId, only }: JobStepInput): Promise<JobStep> {
  const step = (next: JobStep['next']): JobStep => ({ userId, jobId, only, next, pause: 1 });
  const id = { userId, jobId };
  const found = await readJob(context, id);
  if (!found || hasEnded(found.state)) return step('stop');
  if (only === 'stop') {
    if (found.handle === undefined && found.state === 'stopping') return { userId, jobId, next: 'end', pause: 1 };
    // A job that is being launched is looked at right afterwards.
    return step(handleOf(found) === undefined ? 'stop' : 'watch');
  }
  await beat(context, id);
  if (handleOf(found) !== undefined) return step('watch');
  try {
    // Whatever its owner may do by now, and though it is to stop: the watch sees to that.
    const earlier = await findLaunched(context, found);
    if (earlier) return await launched(context, found, earlier);
    if (found.state === 'stopping') return step('end');
    const type = jobTypeOf(context.configuration, found.jobType);
    const token = type.server && (found.proxy?.token ?? context.newToken());
    const job = await changeJob(context, id, (now) =>
      // Another launch may have come to its end meanwhile.
      handleOf(now) === undefined
        ? {
            handle: launching,
            // The address follows when the server tells it.
            ...(token && { proxy: { hostname: '', port: 0, token } }),
          }
        : undefined,
    );
    if (!job || hasEnded(job.state)) return step('stop');
    if (handleOf(job) !== undefined) return step('watch');
    return await launched(
      context,
      job,
      await context.resource(job.resource).launch(await toRun(context, job, type, token)),
    );
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    context.log.warn('a job cannot be launched', { jobId, error: error.message });
    await endJob(context, id, { state: 'failed', coreHours: 0, reason: error.message });
    return step('end');
  }
}

/** The job as its resource knows it although an attempt to launch it died before that was recorded. */
export async function findLaunched(context: JobsContext, job: JobRow): Promise<Launched | undefined> {
  return job.handle === launching ? context.resource(job.resource).find(job) : undefined;
}

async function launched(context: JobsContext, { userId, jobId, resource }: JobRow, by: Launched): Promise<JobStep> {
  const after = await changeJob(context, { userId, jobId }, () => by);
  // The end came meanwhile, from somebody who did not know the handle.
  if (after && hasEnded(after.state)) await context.resource(resource).stop(by.handle);
  return { userId, jobId, next: 'watch', pause: 1 };
}

/** The job gets no more than the hash of its server's secret: what it prints or passes on opens nothing. */
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function toRun(context: JobsContext, job: JobRow, type: JobType, token: string | undefined): Promise<JobToRun> {
  const { jobId, workspaceId } = job;
  const settings = context.configuration.available_job_types[job.jobType]?.environment_details?.[job.resource];
  return {
    jobId,
    workspaceId,
    name: `workspace-${workspaceId}-job-${jobId}`,
    script: type.script({ jobId, details: JSON.parse(job.jobDetails) }, settings),
    environment: token && type.server ? { [type.server.hashVariable]: sha256(token) } : {},
    cores: job.cores,
    memoryMb: job.memoryMb,
    gpus: job.gpu ? 1 : 0,
    timeLimitMinutes: job.timeLimitMinutes,
    inputs: await jobInputs(context, job),
  };
}
