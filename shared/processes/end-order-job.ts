import { giveUpFilling } from '../workspaces/fill-workspace.ts';
import { readJob, readWorkspace } from '../workspaces/find.ts';
import { hasEnded } from '../workspaces/job-state.ts';
import { stopJob } from '../workspaces/stop-job.ts';
import type { ProcessContext } from './context.ts';
import type { ProcessJob, ProcessWorkRow } from './rows.ts';

type JobIds = Pick<ProcessJob, 'userId' | 'workspaceId' | 'jobId'>;

/** The ids of a job, for work. */
export const idsOf = ({ userId, workspaceId, jobId }: JobIds): Record<string, string> => ({
  userId: String(userId),
  workspaceId: String(workspaceId),
  jobId: String(jobId),
});

/** The job that work names: an order may be deleted right after it has failed, before its job was stopped. */
export function jobIn({ data: { userId, workspaceId, jobId } }: Pick<ProcessWorkRow, 'data'>): JobIds | undefined {
  if (jobId === undefined) return undefined;
  return { userId: Number(userId), workspaceId: Number(workspaceId), jobId: Number(jobId) };
}

/** Has the job of an order end that nobody needs any more. @param reason for people */
export async function endOrderJob(
  { workspaces }: Pick<ProcessContext, 'workspaces'>,
  job: JobIds,
  reason: string,
): Promise<void> {
  const row = await readJob(workspaces, job);
  if (!row || hasEnded(row.state)) return;
  // The job waits for the files of its workspace, which may never come.
  if ((await readWorkspace(workspaces, job))?.state === 'initializing') return giveUpFilling(workspaces, job, reason);
  await stopJob(workspaces, job, reason);
  await workspaces.jobs.start(job);
}
