import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import { accessChecks, checkAccess } from './access-checks.ts';
import type { WorkspacesContext } from './context.ts';
import { readWorkspace } from './find.ts';
import { nextId } from './ids.ts';
import { coreHoursOf } from './job-state.ts';
import { jobKey, jobOwnerKey, workspaceJobKey, workspaceKey } from './keys.ts';
import { isCounted, loadWrites } from './resource-load.ts';
import type { JobRow, ProcessOfJob, WorkspaceRow } from './rows.ts';
import type { Needs } from './select-resource.ts';
import { exceededLimits, readUsage, usageWrites } from './usage-limits.ts';
import type { WorkspaceViewer } from './users.ts';
import { workWrite } from './work.ts';

export interface NewJob extends Needs {
  jobType: string;
  resource: string;
  jobDetails: object;
  resourceOptions: object;
  process?: ProcessOfJob;
}

export type StartOutcome =
  | { kind: 'started'; job: JobRow }
  | { kind: 'not-idle' }
  | { kind: 'exceeded'; problems: string[] };

/**
 * Creates a job, counts it, and leaves the start of its execution as work, in one transaction. Core hours up to the time limit
 * are reserved.
 *
 * @throws NotAllowedError when the access or the project has gone
 */
export async function startJob(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  workspaceId: number,
  job: NewJob,
): Promise<StartOutcome> {
  const { db, clock } = context;
  const id = { userId: viewer.userId, jobId: await nextId(context, 'job') };
  return untilCommitted<StartOutcome>(`Workspace ${workspaceId}`, async (tried) => {
    const workspace = await readWorkspace(context, { userId: viewer.userId, workspaceId });
    if (workspace?.state !== 'idle') return { kind: 'not-idle' };
    if (tried > 0) await checkAccess(context, viewer, workspace.projectNo);
    const row = jobRow(context, viewer, workspace, { ...id, ...job });
    const usages = await readUsage(context, workspace);
    const change = { activeJobs: 1, coreHours: row.reservedCoreHours };
    const problems = exceededLimits(usages, change);
    if (problems.length > 0) return { kind: 'exceeded', problems };
    const writes: Write[] = [
      ...jobCreation(context, row),
      {
        Update: {
          TableName: context.tables.workspaces,
          Key: workspaceKey(workspace),
          ConditionExpression: '#state = :idle',
          UpdateExpression: 'SET lastJobLaunchAt = :now ADD activeJobs :one, version :one',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':idle': 'idle', ':now': clock.now(), ':one': 1 },
        },
      },
      ...usageWrites(context, usages, change),
      ...accessChecks(context, viewer, workspace.projectNo),
      workWrite(context, { kind: 'start-job', userId: id.userId, id: id.jobId }),
    ];
    return (await transact(db, clock, writes)) === 'committed' ? { kind: 'started', job: row } : tryAgain;
  });
}

/** The row of a new job, which is `pending`. */
export function jobRow(
  { clock, configuration }: Pick<WorkspacesContext, 'clock' | 'configuration'>,
  { account }: Pick<WorkspaceViewer, 'account'>,
  { userId, workspaceId, projectNo }: Pick<WorkspaceRow, 'userId' | 'workspaceId' | 'projectNo'>,
  { jobId, jobDetails, resourceOptions, ...job }: NewJob & { jobId: number },
): JobRow {
  return {
    ...jobKey({ userId, jobId }),
    ...job,
    jobId,
    userId,
    account: account.account,
    accountCreatedAt: account.createdAt,
    workspaceId,
    ...(projectNo !== undefined && { projectNo }),
    ...(isCounted(configuration, job.resource) && { countedAtResource: true }),
    resourceJobId: -1,
    state: 'pending',
    createdAt: clock.now(),
    coreHours: 0,
    reservedCoreHours: coreHoursOf(job.cores, job.timeLimitMinutes * 60_000),
    jobDetails: JSON.stringify(jobDetails),
    resourceOptions: JSON.stringify(resourceOptions),
    current: {},
    metrics: {},
    version: 1,
  };
}

/** The writes that create a job. */
export function jobCreation(context: Pick<WorkspacesContext, 'tables'>, row: JobRow): Write[] {
  const { userId, jobId, workspaceId } = row;
  const rows = [row, { ...jobOwnerKey(jobId), userId }, { ...workspaceJobKey(workspaceId, jobId), userId, jobId }];
  const puts = rows.map((Item) => ({ Put: { TableName: context.tables.workspaces, Item } }));
  return [...puts, ...loadWrites(context, row, 1)];
}
