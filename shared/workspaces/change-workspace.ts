import { updateExpression } from '../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import { accessCheck, checkAccess, projectCheck } from './access-checks.ts';
import type { WorkspacesContext } from './context.ts';
import { LimitExceededError, NotReadyError } from './errors.ts';
import { putFiles } from './files.ts';
import { readWorkspace } from './find.ts';
import { workspaceKey } from './keys.ts';
import { putLinks, type ResolvedLink } from './links.ts';
import { projectWrites } from './project-items.ts';
import type { WorkspaceRow } from './rows.ts';
import { exceededLimits, readUsage, usageWrites } from './usage-limits.ts';
import type { WorkspaceViewer } from './users.ts';

export interface WorkspaceChange {
  changes: Partial<Pick<WorkspaceRow, 'name' | 'description' | 'defaultJobType'>>;
  projectNo: string | undefined;
  links: readonly ResolvedLink[];
  files: readonly { name: string; bytes: Buffer }[];
}

/**
 * Changes a workspace, and adds or replaces files and links.
 *
 * @throws LimitExceededError when a limit of disk space is exceeded
 * @throws NotReadyError when the workspace is not idle
 * @throws NotAllowedError when the access or the project has gone
 */
export async function changeWorkspace(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  id: Pick<WorkspaceRow, 'userId' | 'workspaceId'>,
  { changes, projectNo, links, files }: WorkspaceChange,
): Promise<void> {
  const { db, clock, tables } = context;
  if (files.length > 0) await putFiles(context, id, files);
  await untilCommitted(`Workspace ${id.workspaceId}`, async (tried) => {
    const row = await readWorkspace(context, id);
    if (row?.state !== 'idle') throw new NotReadyError(id.workspaceId);
    if (tried > 0 && links.length > 0) await checkAccess(context, viewer, row.projectNo ?? projectNo);
    // The first link binds the workspace to the project of its file.
    const binds = links.length > 0 && row.projectNo === undefined && projectNo !== undefined;
    if (links.length > 0 && !binds && row.projectNo !== projectNo) throw new NotReadyError(id.workspaceId);
    const outcome = await transact(db, clock, [
      {
        Update: {
          TableName: tables.workspaces,
          Key: workspaceKey(id),
          ConditionExpression: 'version = :read',
          ...updateExpression(
            { ...changes, ...(binds && { projectNo }), modifiedAt: clock.now(), version: row.version + 1 },
            { ':read': row.version },
          ),
        },
      },
      ...(binds ? await bindingWrites(context, row, projectNo) : []),
      ...(binds || links.length === 0 ? [] : projectCheck(context, row.projectNo)),
      ...(links.length === 0 ? [] : accessCheck(context, viewer)),
    ]);
    return outcome === 'committed' ? undefined : tryAgain;
  });
  await putLinks(context, id.workspaceId, links);
}

/** The writes that bind a workspace to a project, for which its disk space counts from then on. @throws LimitExceededError */
async function bindingWrites(context: WorkspacesContext, row: WorkspaceRow, projectNo: string): Promise<Write[]> {
  const usages = await readUsage(context, { ...row, projectNo });
  const ofProject = usages.filter(({ holder }) => 'projectNo' in holder);
  const change = { diskSpace: row.diskSpace };
  const problems = exceededLimits(ofProject, change);
  if (problems.length > 0) throw new LimitExceededError(problems);
  return [...usageWrites(context, ofProject, change), ...(await projectWrites(context, projectNo, row))];
}
