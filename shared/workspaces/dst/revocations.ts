import { stateCheck } from '../../platform/transaction.ts';
import type { RevokedWork } from '../../users/revoked-work.ts';
import type { RemovalContext } from '../context.ts';
import type { ProjectWorkspace } from '../project-items.ts';
import { withdrawSharesOf } from '../shares.ts';
import { checkStopped, type EndedWorkspaces, endWorkspaces } from './end-workspaces.ts';
import { stopJobsOf } from './stop-jobs.ts';

const reason = 'Statistics Denmark has revoked the access';

/** Jobs and workspaces of people whose access DST disables or deletes. */
export const revokedWork = (context: RemovalContext): RevokedWork => ({
  stopJobs: (userId) => stopJobsOf(context, userId, reason),
  async removeWorkspaces({ userId, projectNo }, mayGoOn) {
    await withdrawSharesOf(context, userId);
    const isEnded = (workspace: ProjectWorkspace) => workspace.userId === userId;
    const ended = await endWorkspaces(context, projectNo, { reason, isEnded, mayGoOn });
    if (ended.kind === 'gone') return undefined;
    if (ended.kind === 'interrupted') return context.clock.now();
    checkStopped(ended);
    return ended.until;
  },
});

/** Workspaces of projects that DST deletes. */
export interface DeletedWorkspaces {
  /**
   * Stops the jobs of a project, and removes its workspaces.
   *
   * @param mayGoOn false leaves the rest to another call
   */
  end(projectNo: string, mayGoOn: () => Promise<boolean>): Promise<EndedWorkspaces>;
}

export const deletedWorkspaces = (context: RemovalContext): DeletedWorkspaces => ({
  end: (projectNo, mayGoOn) =>
    endWorkspaces(context, projectNo, {
      reason: 'Statistics Denmark has deleted the project',
      mayGoOn,
      last: stateCheck(context.tables.projects, { projectNo }, 'deleting'),
    }),
});
