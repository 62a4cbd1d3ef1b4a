import { changeJob } from './change-job.ts';
import type { JobId, WorkspacesContext } from './context.ts';
import { hasEnded } from './job-state.ts';
import type { JobRow } from './rows.ts';

/**
 * Asks a job to end. Its execution stops it at the resource, then ends it.
 *
 * @param reason for people, when it is not the owner who asks
 * @returns the job as it was before; undefined when there is none
 */
export async function stopJob(context: WorkspacesContext, id: JobId, reason?: string): Promise<JobRow | undefined> {
  let before: JobRow | undefined;
  const job = await changeJob(context, id, (found) => {
    before = found;
    if (found.state === 'stopping') return undefined;
    return { state: 'stopping', ...(reason !== undefined && { current: { ...found.current, reason } }) };
  });
  return before ?? job;
}

/** Asks those of some jobs to end that have not. */
export async function stopJobs(context: WorkspacesContext, jobs: Iterable<JobRow>, reason: string): Promise<void> {
  for (const job of jobs) {
    if (!hasEnded(job.state)) await stopJob(context, job, reason);
  }
}
