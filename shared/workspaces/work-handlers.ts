import type { WorkspacesContext } from './context.ts';
import { copyWorkspace } from './copy-workspace.ts';
import { abandonCreation } from './create-workspace.ts';
import { readJob, readWorkspace } from './find.ts';
import { hasEnded } from './job-state.ts';
import { forgetWorkspace, removeContents, removeWorkspace } from './remove-workspace.ts';
import type { JobRow } from './rows.ts';
import type { WorkHandlers } from './work.ts';

/** Handlers of all kinds of work. */
export const workHandlers: WorkHandlers = {
  async 'start-job'(context, { userId, id: jobId }) {
    const job = await readJob(context, { userId, jobId });
    if (!job || hasEnded(job.state)) return true;
    // The order's files are put into the workspace first.
    if (job.process && job.state === 'pending' && !(await isReady(context, job))) return false;
    await context.jobs.start({ userId, jobId });
    // The end of the job removes the row. Until then its heartbeats put it off.
    return false;
  },
  async 'remove-workspace'(context, { userId, id: workspaceId }) {
    const id = { userId, workspaceId };
    const workspace = await readWorkspace(context, id);
    return workspace?.state === 'initializing' ? abandonCreation(context, id) : removeWorkspace(context, id);
  },
  async 'purge-workspace'(context, { userId, id: workspaceId, projectNo }) {
    if (!(await removeContents(context, { userId, workspaceId }))) return false;
    if (projectNo !== undefined) await forgetWorkspace(context, projectNo, workspaceId);
    return true;
  },
  'copy-workspace': (context, { userId, id: workspaceId }) => copyWorkspace(context, { userId, workspaceId }),
};

async function isReady(context: WorkspacesContext, job: JobRow): Promise<boolean> {
  return (await readWorkspace(context, job))?.state !== 'initializing';
}
