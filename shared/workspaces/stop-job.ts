import { changeJob } from './change-job.ts';
import type { JobId, RemovalContext } from './context.ts';
import { hasEnded } from './job-state.ts';
import type { JobRow } from './rows.ts';

/**
 * Asks a job to end. Its execution stops it at the resource, then ends it.
 *
 * @param reason for people, when it is not the owner who asks
 * @returns the job as it was before; undefined when there is none
 */
export async function stopJob(
  context: Pick<RemovalContext, 'db' | 'clock' | 'tables'>,
  id: JobId,
  reason?: string,
): Promise<JobRow | undefined> {
  let before: JobRow | undefined;
  const job = await changeJob(context, id, (found) => {
    before = found;
    if (found.state === 'stopping') return undefined;
    return { state: 'stopping', ...(reason !== undefined && { current: { ...found.current, reason } }) };
  });
  return before ?? job;
}

/** Asks those of some jobs to end that have not, and has them stopped at once. */
export async function stopJobs(context: RemovalContext, jobs: Iterable<JobRow>, reason: string): Promise<void> {
  for (const job of jobs) {
    if (hasEnded(job.state)) continue;
    const before = await stopJob(context, job, reason);
    if (before && !hasEnded(before.state)) await context.jobs.stop(job);
  }
}
