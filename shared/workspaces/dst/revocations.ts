import { stateCheck } from '../../platform/transaction.ts';
import type { RunningJobs } from '../../users/running-jobs.ts';
import type { RemovalContext } from '../context.ts';
import { type EndedWorkspaces, endWorkspaces } from './end-workspaces.ts';
import { stopJobsOf } from './stop-jobs.ts';

/** Jobs of people whose access DST disables or deletes. */
export const revokedJobs = (context: RemovalContext): RunningJobs => ({
  stop: (userId) => stopJobsOf(context, userId, 'Statistics Denmark has revoked the access'),
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
    endWorkspaces(
      context,
      projectNo,
      { reason: 'Statistics Denmark has deleted the project', mayGoOn },
      stateCheck(context.tables.projects, { projectNo }, 'deleting'),
    ),
});
