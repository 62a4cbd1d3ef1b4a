import { readAccount } from '../../shared/accounts/account.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { GatewayError } from '../../shared/platform/errors.ts';
import { transact } from '../../shared/platform/transaction.ts';
import type { UserRow } from '../../shared/users/user.ts';
import type { WorkspacesContext } from '../../shared/workspaces/context.ts';
import { createWorkspace } from '../../shared/workspaces/create-workspace.ts';
import { putFiles } from '../../shared/workspaces/files.ts';
import { items } from '../../shared/workspaces/find.ts';
import { prefixes, userScope } from '../../shared/workspaces/keys.ts';
import { deletionWrites } from '../../shared/workspaces/remove-workspace.ts';
import type { ShareRow, WorkspaceRow } from '../../shared/workspaces/rows.ts';
import { acceptShare, shareWorkspace, withdrawShare } from '../../shared/workspaces/shares.ts';
import { startJob } from '../../shared/workspaces/start-job.ts';
import { userOf, viewerOf, type WorkspaceViewer } from '../../shared/workspaces/users.ts';
import { doWork } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';
import type { Random } from './random.ts';

/** People by what they have: an access, or one to a project. */
export type Affected = Partial<Pick<UserRow, 'accessIdentifier' | 'projectNo'>>;

/**
 * One of the people with an access does something in a workspace, as a request to the API.
 *
 * @param affected those who may be that one; all by default
 */
export async function useWorkspaces(
  context: WorkspacesContext,
  random: Random,
  { accessIdentifier, projectNo }: Affected = {},
): Promise<void> {
  const users = await Array.fromAsync(scan<UserRow>(context.db, context.tables.users));
  const isAffected = (each: UserRow) =>
    (accessIdentifier ?? each.accessIdentifier) === each.accessIdentifier &&
    (projectNo ?? each.projectNo) === each.projectNo;
  const user = random.pick(users.filter((each) => each.enabled && isAffected(each)));
  const account = user && (await readAccount(context.db, context.tables.accounts, user.loginName));
  if (!account) return;
  try {
    const viewer = await viewerOf(context, account);
    const own = items<WorkspaceRow>(context, userScope(viewer.userId), prefixes.workspace);
    // A share of somebody else is none of the own workspaces until it is accepted.
    const workspace = random.pick((await Array.fromAsync(own)).filter(({ shared }) => shared?.accepted !== false));
    const isColleague = (each: UserRow) => each.projectNo === viewer.projectNo && each.loginName !== user.loginName;
    const colleague = random.pick(users.filter(isColleague));
    if (!workspace || random.chance(0.2)) await create(context, random, viewer);
    else await use(context, random, { viewer, workspace, colleague });
  } catch (error) {
    // Others were at it, or DST has revoked something meanwhile.
    if (!(error instanceof GatewayError)) throw error;
  }
}

async function create(context: WorkspacesContext, random: Random, viewer: WorkspaceViewer): Promise<void> {
  const files = await Array.fromAsync(scan<FileRow>(context.db, context.tables.files));
  const linked = files.find(({ projectNo, state }) => projectNo === viewer.projectNo && state === 'stored');
  const { workspaceId } = await createWorkspace(context, viewer, {
    name: 'n',
    description: '',
    projectNo: viewer.projectNo,
    links: linked ? [{ name: 'data', sent: {}, file: linked }] : [],
    files: [{ name: 'notes', bytes: Buffer.from('notes') }],
  });
  if (random.chance(0.8)) await start(context, viewer, workspaceId);
}

interface Use {
  viewer: WorkspaceViewer;
  workspace: WorkspaceRow;
  colleague: UserRow | undefined;
}

async function use(context: WorkspacesContext, random: Random, { viewer, workspace, colleague }: Use): Promise<void> {
  const { userId } = viewer;
  const id = { userId, workspaceId: workspace.workspaceId };
  const act = random.pick(['start', 'start', 'upload', 'upload', 'share', 'share', 'answer', 'delete'] as const);
  if (act === 'start') await start(context, viewer, id.workspaceId);
  if (act === 'upload') await putFiles(context, id, [{ name: 'more', bytes: Buffer.from('more') }]);
  if (act === 'share' && colleague) {
    const account = await readAccount(context.db, context.tables.accounts, colleague.loginName);
    if (!account) return;
    const receiver = await userOf(context, account);
    const share = await shareWorkspace(context, viewer, id.workspaceId, receiver);
    await doWork(context, workHandlers, { kind: 'copy-workspace', userId: receiver.userId, id: share.copyId });
  }
  if (act === 'answer') await answerShare(context, random, viewer);
  const mayGo = workspace.state === 'idle' && workspace.activeJobs === 0 && workspace.openShares === 0;
  if (act === 'delete' && mayGo) {
    if ((await transact(context.db, context.clock, deletionWrites(context, workspace))) === 'refused') return;
    await doWork(context, workHandlers, { kind: 'remove-workspace', userId, id: id.workspaceId });
  }
}

/** Accepts or declines what a colleague has shared. */
async function answerShare(context: WorkspacesContext, random: Random, { userId }: WorkspaceViewer): Promise<void> {
  const received = await Array.fromAsync(items<ShareRow>(context, userScope(userId), prefixes.received));
  const share = random.pick(received.filter(({ accepted }) => !accepted));
  if (!share) return;
  if (random.chance(0.5)) return void (await acceptShare(context, share));
  const copy = await withdrawShare(context, share);
  if (copy) await doWork(context, workHandlers, { kind: 'remove-workspace', userId, id: copy.workspaceId });
}

async function start(context: WorkspacesContext, viewer: WorkspaceViewer, workspaceId: number): Promise<void> {
  const needs = { cores: 1, memoryMb: 1_024, timeLimitMinutes: 600, gpu: false };
  const job = { ...needs, jobType: 'test_job', resource: 'here', jobDetails: {}, resourceOptions: {} };
  const outcome = await startJob(context, viewer, workspaceId, job);
  if (outcome.kind !== 'started') return;
  await doWork(context, workHandlers, { kind: 'start-job', userId: viewer.userId, id: outcome.job.jobId });
}
