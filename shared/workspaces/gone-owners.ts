import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { type AccountRow, blockReason } from '../accounts/account.ts';
import { accountIdOf } from '../accounts/membership.ts';
import { getItem } from '../platform/dynamodb.ts';
import { absenceCheck, transact, tryAgain, untilCommitted } from '../platform/transaction.ts';
import { readProject } from '../projects/project.ts';
import type { WorkspacesContext } from './context.ts';
import { endWorkspaces } from './dst/end-workspaces.ts';
import { items, jobsOfWorkspace, readWorkspace } from './find.ts';
import {
  accountKey,
  identityKey,
  prefixes,
  projectsScope,
  usageKey,
  userIdentityKey,
  userKey,
  userScope,
  usersScope,
} from './keys.ts';
import type { ProjectWorkspace } from './project-items.ts';
import { deletionWrites, removeWorkspace } from './remove-workspace.ts';
import type { IdentityRow, JobRow, WorkspaceRow, WorkspaceUserRow } from './rows.ts';
import { withdrawSharesOf } from './shares.ts';
import { stopJobs } from './stop-job.ts';

/**
 * Removes the workspaces of projects and accounts that are gone, and has the jobs of blocked accounts end. Repeated, it goes on
 * where it ended.
 *
 * @param deadline when to end, in milliseconds since 1970
 */
export async function removeOfGoneOwners(context: WorkspacesContext, deadline: number): Promise<void> {
  for await (const { projectNo } of items<{ projectNo: string }>(context, projectsScope, '')) {
    if (context.clock.now() > deadline) return;
    await removeOfProject(context, projectNo, deadline);
  }
  for await (const user of items<WorkspaceUserRow>(context, usersScope, '')) {
    if (context.clock.now() > deadline) return;
    await checkUser(context, user);
  }
}

/** The message that deletes a project does it, too: what it has left is that of former versions, or a person has dismissed it. */
async function removeOfProject(context: WorkspacesContext, projectNo: string, deadline: number): Promise<void> {
  const project = await readProject(context, projectNo);
  const isEnded = ({ projectCreatedAt }: ProjectWorkspace) =>
    project?.state !== 'active' || project.createdAt !== projectCreatedAt;
  const last = absenceCheck(context.tables.projects, { projectNo });
  const mayGoOn = async () => context.clock.now() < deadline;
  await endWorkspaces(context, projectNo, { reason: 'The project is gone', isEnded, mayGoOn, last });
}

async function checkUser(context: WorkspacesContext, user: WorkspaceUserRow): Promise<void> {
  const { userId, account: name, accountCreatedAt } = user;
  const account = await getItem<AccountRow>(context.db, context.tables.accounts, { account: name });
  const isSame = account?.createdAt === accountCreatedAt;
  if (isSame && blockReason(account) === undefined) return;
  const jobs = await Array.fromAsync(items<JobRow>(context, userScope(userId), prefixes.job));
  await stopJobs(context, jobs, isSame ? 'The account is blocked' : 'The account is gone');
  if (isSame) return;
  await withdrawSharesOf(context, userId);
  let kept = 0;
  for await (const workspace of items<WorkspaceRow>(context, userScope(userId), prefixes.workspace)) {
    if (!(await removeWholly(context, workspace, 'The account is gone'))) kept += 1;
  }
  if (kept > 0) return;
  await removeIdentities(context, user);
  await remove(context, usageKey({ userId }));
  await remove(context, accountKey(accountIdOf({ account: name, createdAt: accountCreatedAt })));
  await remove(context, userKey(userId));
}

/** An identity may be linked to another account by now. */
async function removeIdentities(context: WorkspacesContext, user: WorkspaceUserRow): Promise<void> {
  const { db, tables } = context;
  for await (const { identity } of items<{ identity: string }>(context, userScope(user.userId), prefixes.identity)) {
    const row = await getItem<IdentityRow>(db, tables.workspaces, identityKey(identity));
    const isOwn = row?.account === user.account && row.accountCreatedAt === user.accountCreatedAt;
    if (isOwn) await remove(context, identityKey(identity));
    await remove(context, userIdentityKey(user.userId, identity));
  }
}

/** @returns whether nothing is left: a workspace with jobs waits for their end */
async function removeWholly(
  context: WorkspacesContext,
  id: { userId: number; workspaceId: number },
  reason: string,
): Promise<boolean> {
  await stopJobs(context, await jobsOfWorkspace(context, id), reason);
  await untilCommitted(`Workspace ${id.workspaceId}`, async () => {
    const row = await readWorkspace(context, id);
    if (!row || row.state === 'deleting') return undefined;
    const outcome = await transact(context.db, context.clock, deletionWrites(context, row));
    return outcome === 'committed' ? undefined : tryAgain;
  });
  return removeWorkspace(context, id);
}

const remove = ({ db, tables }: WorkspacesContext, Key: Record<string, string>) =>
  db.send(new DeleteCommand({ TableName: tables.workspaces, Key }));
