import { changeJob } from './change-job.ts';
import type { JobId, WorkspacesContext } from './context.ts';
import type { JobRow } from './rows.ts';

/**
 * Asks a job to end. Its execution stops it at the resource, then ends it.
 *
 * @returns the job as it was before; undefined when there is none
 */
export async function stopJob(context: WorkspacesContext, id: JobId): Promise<JobRow | undefined> {
  let before: JobRow | undefined;
  const job = await changeJob(context, id, (found) => {
    before = found;
    if (found.state === 'stopping') return undefined;
    return { state: 'stopping' };
  });
  return before ?? job;
}
