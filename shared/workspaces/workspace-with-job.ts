import type { Write } from '../platform/transaction.ts';
import { ownerWrites } from './access-checks.ts';
import type { JobId, WorkspacesContext } from './context.ts';
import { creationWrites, newRow } from './create-workspace.ts';
import { nextId } from './ids.ts';
import { projectWrites } from './project-items.ts';
import type { WorkspaceRow } from './rows.ts';
import { jobCreation, jobRow, type NewJob } from './start-job.ts';
import { exceededLimits, readUsage, usageWrites } from './usage-limits.ts';
import type { WorkspaceViewer } from './users.ts';
import { workWrite } from './work.ts';

/** A workspace that is made for one job. */
export interface WorkspaceForJob extends Pick<WorkspaceRow, 'name' | 'description' | 'defaultJobType'> {
  projectNo: string;
  job: NewJob;
  /** Bytes of the files that are put into it: checked here, counted when they are put. */
  diskSpace: number;
}

/** A text for each limit that the workspace and its job would exceed. */
export async function limitsExceededBy(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  wanted: WorkspaceForJob,
): Promise<string[]> {
  const { userId, projectNo, change } = useOf(context, viewer, wanted);
  const usages = await readUsage(context, { userId, projectNo });
  return exceededLimits(usages, { ...change, diskSpace: wanted.diskSpace });
}

/**
 * The writes that create a workspace with a job of it, for a transaction of a caller. The workspace is `initializing`, and the job
 * waits, until `fillWorkspace` has put into it what the job works on. The transaction is refused when the access or the project
 * has gone, or a limit would be exceeded.
 */
export async function workspaceWithJob(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  wanted: WorkspaceForJob,
): Promise<{ workspaceId: number; jobId: number; writes: Write[] }> {
  const { clock } = context;
  const { name, description, defaultJobType, projectNo, job } = wanted;
  const { userId, change } = useOf(context, viewer, wanted);
  const [workspaceId, jobId] = await Promise.all([nextId(context, 'workspace'), nextId(context, 'job')]);
  const usages = await readUsage(context, { userId, projectNo });
  const workspace: WorkspaceRow = {
    ...newRow({ userId, workspaceId }, { name, description, defaultJobType, projectNo }, clock.now()),
    activeJobs: 1,
    lastJobLaunchAt: clock.now(),
  };
  const writes = [
    ...creationWrites(context, workspace),
    ...jobCreation(context, jobRow(context, viewer, workspace, { jobId, ...job })),
    ...usageWrites(context, usages, change),
    ...(await projectWrites(context, projectNo, workspace)),
    ...ownerWrites(context, viewer),
    workWrite(context, { kind: 'start-job', userId, id: jobId }),
  ];
  return { workspaceId, jobId, writes };
}

function useOf(context: WorkspacesContext, viewer: WorkspaceViewer, { projectNo, job }: WorkspaceForJob) {
  const { userId } = viewer;
  const id: JobId & { workspaceId: number } = { userId, jobId: 0, workspaceId: 0 };
  const { reservedCoreHours } = jobRow(context, viewer, { ...id, projectNo }, { ...id, ...job });
  return { userId, projectNo, change: { activeJobs: 1, coreHours: reservedCoreHours } };
}
