import type { AccountRow } from '../../../shared/accounts/account.ts';
import { foldUserName } from '../../../shared/accounts/user-name.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { ProjectRow } from '../../../shared/projects/project.ts';
import { loginNameOf } from '../../../shared/users/login-name.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import { hasEnded } from '../../../shared/workspaces/job-state.ts';
import type {
  JobRow,
  UsageRow,
  WorkspaceFileRow,
  WorkspaceRow,
  WorkspaceUserRow as WorkspacesUserRow,
} from '../../../shared/workspaces/rows.ts';
import type { Item } from '../expressions.ts';
import { workspacesBucket } from '../simulated-services.ts';
import type { World } from '../world.ts';
import { rows } from './rows.ts';

type Row = Item & { scope: string; item: string; projectNo?: string; workspaceId?: number; userId?: number };

/** Tells an account from an earlier or later one of the same name. */
type Account = Pick<AccountRow, 'account' | 'createdAt'>;

const isSame = (one: Account | undefined, other: Account) =>
  one?.account === other.account && one.createdAt === other.createdAt;

/** Which workspaces there were, and which of them came to their end with their project or their user's access. */
export class Workspaces {
  /** Project of each workspace that ever had one. */
  readonly projects = new Map<number, string>();
  /** User of each workspace. */
  readonly users = new Map<number, number>();
  /** Account of each user. */
  readonly accounts = new Map<number, Account>();
  /** Account of the access that a message has deleted. */
  readonly deleted = new Map<string, Account>();
  readonly ended = new Set<number>();

  of(projectNo: unknown): number[] {
    return [...this.projects].flatMap(([id, project]) => (project === projectNo ? [id] : []));
  }

  /** Workspaces of the users that an account was. */
  ofAccount(account: Account): number[] {
    return [...this.users].flatMap(([id, userId]) => (isSame(this.accounts.get(userId), account) ? [id] : []));
  }
}

const allOf = <Kind extends Row | JobRow | WorkspaceRow>(world: World, prefix: string): Kind[] =>
  rows<Kind & Row>(world, 'workspaces').filter(
    ({ scope, item }) => scope.startsWith('user#') && item.startsWith(prefix),
  );

const jobsOf = (world: World) => allOf<JobRow>(world, 'job#');

/** The workspace that an item or an object belongs to. */
const workspaceIn = (text: string): number => Number(/workspaces?[#/](\d+)/.exec(text)?.[1] ?? Number.NaN);

/**
 * When the row of a deleted project goes, its jobs run no more, and nothing of its workspaces is left; nothing comes afterwards.
 * Where clocks differ, what comes late is removed later.
 */
export function violationOfWorkspaces(world: World, table: string, after: Item | undefined, before: Item | undefined) {
  const { workspaces, isSkewed } = world;
  if (table === 'workspaces' && after) {
    const { scope, item, workspaceId, projectNo, userId } = after as Row & WorkspaceRow;
    if (scope === 'users') noteUser(world, after);
    if (!before) world.tell(violationOfCreation(world, after as Row));
    if (scope.startsWith('user#') && item.startsWith('workspace#')) {
      workspaces.users.set(workspaceId, userId);
      if (projectNo !== undefined) workspaces.projects.set(workspaceId, projectNo);
    }
    const id = workspaceIn(scope);
    if (!isSkewed && workspaces.ended.has(id)) return `${scope} ${item} comes when the project or the access is gone`;
  }
  if (table === 'workspaces' && before && !after) return violationOfRemoval(before);
  if (table !== 'projects' || after || isSkewed) return undefined;
  const [left] = leftOf(world, before?.projectNo);
  for (const id of workspaces.of(before?.projectNo)) workspaces.ended.add(id);
  return left && `${left} is there when project ${before?.projectNo} is gone`;
}

function noteUser({ workspaces }: World, row: Item): void {
  const { userId, account, accountCreatedAt: createdAt } = row as Item & WorkspacesUserRow;
  workspaces.accounts.set(userId, { account, createdAt });
}

/** A workspace or a job is made only while the project is not being deleted, and its owner's access enabled. */
function violationOfCreation(world: World, { scope, item, userId, projectNo }: Row): string | undefined {
  const kind = /^(workspace|job)#/.exec(item)?.[1];
  const own = world.workspaces.accounts.get(userId ?? Number.NaN);
  if (!scope.startsWith('user#') || kind === undefined || !own) return undefined;
  const project = rows<ProjectRow>(world, 'projects').find((row) => row.projectNo === projectNo);
  if (projectNo !== undefined && project?.state !== 'active') return `${item} is made while ${projectNo} is deleted`;
  const account = rows<AccountRow>(world, 'accounts').find((row) => row.account === own.account);
  const access = rows<UserRow>(world, 'users').find((row) => row.accessIdentifier === account?.accessIdentifier);
  const isBound = projectNo !== undefined || account?.accessIdentifier === undefined;
  if (!isBound) return `${item} of ${own.account} is made without a project`;
  // A job of an earlier account is in a workspace that is about to be removed.
  const isOwners = account && (kind === 'job' || isSame(own, account));
  const isOpen = isOwners && (account.accessIdentifier === undefined || access?.enabled);
  return isOpen ? undefined : `${item} of ${own.account} is made without an access`;
}

/** A workspace is removed when its jobs have ended. */
function violationOfRemoval(before: Item): string | undefined {
  const { scope, item, activeJobs } = before as Row & WorkspaceRow;
  const isWorkspace = scope.startsWith('user#') && item.startsWith('workspace#');
  return isWorkspace && activeJobs > 0 ? `${item} is removed while ${activeJobs} jobs run` : undefined;
}

function* leftOf(world: World, projectNo: unknown) {
  for (const row of rows<Row>(world, 'workspaces')) {
    const { scope, item } = row;
    const isOwn = scope === `project#${projectNo}` || (scope === 'projects' && item === projectNo);
    if (isOwn || row.projectNo === projectNo) yield `${scope} ${item}`;
  }
  yield* leftIn(world, world.workspaces.of(projectNo));
}

/** Rows of workspaces, without notes that name no project. */
function* leftIn(world: World, workspaces: Iterable<number>) {
  const ids = new Set([...workspaces].filter((id) => !world.workspaces.ended.has(id)));
  for (const { scope, item, workspaceId } of rows<Row>(world, 'workspaces')) {
    const isNamed = ids.has(workspaceId ?? Number.NaN);
    if (ids.has(workspaceIn(scope)) || isNamed) yield `${scope} ${item}`;
  }
  for (const place of world.s3.objects.keys()) if (isIn(ids, place)) yield place;
  for (const [handle, job] of world.gateway.cluster.jobs)
    if (ids.has(job.workspaceId) && world.gateway.cluster.isRunning(job)) yield `the running ${handle}`;
}

/** Content of a record's message; none when the portal has used its id again, for a message of another type. */
function contentOf({ sent }: World, { messageId, type }: MessageRecord) {
  const content = sent.get(messageId)?.content;
  return content?.type === type ? content : undefined;
}

/**
 * When a deletion of an access is done, the person's jobs run no more, nothing of the person's workspaces is left, and no copy
 * waits for somebody to accept it; nothing comes afterwards.
 */
export function violationOfAccessDeletion(world: World, after: MessageRecord, before: Item | undefined) {
  const { workspaces, isSkewed } = world;
  const { messageId, state } = after;
  const content = contentOf(world, after);
  if (content?.type !== 'DeleteProjectAccess' || (state !== 'applied' && state !== 'done')) return undefined;
  if (before?.state === 'open') {
    const { accessIdentifier } = content.data;
    const account = rows<AccountRow>(world, 'accounts').find((row) => row.accessIdentifier === accessIdentifier);
    if (account) workspaces.deleted.set(messageId, account);
  }
  const account = workspaces.deleted.get(messageId);
  if (state !== 'done' || account === undefined || isSkewed) return undefined;
  const own = workspaces.ofAccount(account);
  const [left = openShareOf(world, account)] = leftIn(world, own);
  for (const id of own) workspaces.ended.add(id);
  return left && `${left} is there when ${messageId} is done`;
}

/** A copy that somebody gone has sent, and that can still be accepted. */
function openShareOf(world: World, account: Account): string | undefined {
  const copies = allOf<WorkspaceRow>(world, 'workspace#');
  const open = copies.find(({ shared, state }) => {
    const isSent = shared && isSame(world.workspaces.accounts.get(shared.from), account);
    return isSent && !shared.accepted && state !== 'deleting';
  });
  return open && `the shared ${open.item}`;
}

const isIn = (ids: ReadonlySet<number>, place: string) =>
  place.startsWith(`${workspacesBucket}/`) && ids.has(workspaceIn(place.slice(workspacesBucket.length + 1)));

/** Nothing is put into a workspace after the end of its project. */
export const violationOfLatePut = (world: World, place: string): string | undefined =>
  !world.isSkewed && isIn(world.workspaces.ended, place)
    ? `${place} is put when the project or the access is gone`
    : undefined;

/** A message that disables an access is done when all jobs that run on it are being stopped. */
export function violationOfRevocation(world: World, record: MessageRecord): string | undefined {
  const { messageId, state } = record;
  const content = contentOf(world, record);
  if (content?.type !== 'DisableProjectAccess' || state !== 'done') return undefined;
  const { accessIdentifier } = content.data;
  const user = rows<UserRow>(world, 'users').find((row) => row.accessIdentifier === accessIdentifier);
  if (user?.enabled) return undefined;
  const account = foldUserName(loginNameOf(accessIdentifier));
  const own = rows<AccountRow>(world, 'accounts').find((row) => row.account === account);
  // Jobs of an earlier account of that name are those of the deletion of its access.
  const job = running(world).find((each) => each.account === account && each.accountCreatedAt === own?.createdAt);
  return job && `job ${job.jobId} runs on when ${messageId} is done`;
}

/** A deletion that waits has all jobs of the project stopped. */
export function violationOfWaiting(world: World, after: MessageRecord, before: Item | undefined): string | undefined {
  const { messageId, state, attempts, dueAt, leaseUntil } = after;
  const content = contentOf(world, after);
  if (content?.type !== 'DeleteProject' || state !== 'applying' || world.isSkewed) return undefined;
  const waits = leaseUntil === undefined && before?.leaseUntil !== undefined && attempts < Number(before.attempts);
  if (!waits || dueAt <= world.scheduler.now) return undefined;
  const job = running(world).find(({ projectNo }) => projectNo === content.data.projectNo);
  return job && `job ${job.jobId} runs on while ${messageId} waits`;
}

/** Jobs that have been launched, and are not being stopped. */
function running(world: World): JobRow[] {
  const { cluster, jobRuns } = world.gateway;
  const names = [...jobRuns.started.keys()];
  return jobsOf(world).filter(({ jobId, state, handle }) => {
    if (hasEnded(state) || !cluster.jobs.has(`cluster-${jobId}`)) return false;
    const isStopped = names.some((name) => name.startsWith(`job-${jobId}-stop-`));
    // While it is being launched, its launch stops it.
    const isLaunched = handle !== undefined && handle !== 'launching';
    return state !== 'stopping' || (isLaunched && !isStopped);
  });
}

/** Milliseconds in which a job that is to end is stopped at its resource, whatever else goes wrong. */
const longestStop = 20 * 60_000;

/** A job that was asked to end is stopped. */
export function* unstoppedJobs(world: World) {
  if (world.isSkewed) return;
  for (const { jobId, state, stopAskedAt } of jobsOf(world)) {
    const job = world.gateway.cluster.jobs.get(`cluster-${jobId}`);
    const isLate = stopAskedAt !== undefined && stopAskedAt < world.scheduler.now - longestStop;
    if (state === 'stopping' && isLate && job && job.stopAskedAt === undefined && world.gateway.cluster.isRunning(job))
      yield `job ${jobId} runs on, though it was asked to end`;
  }
}

const sum = <Each>(all: readonly Each[], of: (each: Each) => number) =>
  all.reduce((total, each) => total + of(each), 0);

/** Counters of use are the sums of what is there. */
export function* miscountedUse(world: World) {
  const jobs = jobsOf(world).filter(({ state }) => !hasEnded(state));
  const workspaces = allOf<WorkspaceRow>(world, 'workspace#');
  const files = rows<Row & WorkspaceFileRow>(world, 'workspaces').filter(({ item }) => item.startsWith('file#'));
  const open = workspaces.filter(({ shared, state }) => shared?.accepted === false && state !== 'deleting');
  for (const { workspaceId, state, activeJobs, openShares, diskSpace } of workspaces) {
    const shares = open.filter(({ shared }) => shared?.original === workspaceId).length;
    // Shares of a workspace that is removed with its project go with it.
    if (openShares !== shares && state !== 'deleting')
      yield `workspace ${workspaceId} counts ${openShares} open shares, and has ${shares}`;
    const active = jobs.filter((job) => job.workspaceId === workspaceId).length;
    const size = sum(
      files.filter(({ scope }) => workspaceIn(scope) === workspaceId),
      (file) => file.size,
    );
    if (activeJobs !== active) yield `workspace ${workspaceId} counts ${activeJobs} jobs, and has ${active}`;
    // The files of a workspace that is being removed go first, its row gives back what they take.
    if (diskSpace !== size && state !== 'deleting')
      yield `workspace ${workspaceId} counts ${diskSpace} bytes, and has ${size}`;
  }
  const usages = rows<Row & UsageRow>(world, 'workspaces').filter(({ item }) => item === 'usage');
  for (const { scope, activeJobs = 0, diskSpace = 0, coreHours = 0, usedCoreHours = 0 } of usages) {
    const isOf = ({ userId, projectNo }: { userId: number; projectNo?: string | undefined }) =>
      scope === `project#${projectNo}` || scope === `user#${String(userId).padStart(12, '0')}`;
    const own = jobs.filter(isOf);
    const expected = [
      own.length,
      sum(workspaces.filter(isOf), (workspace) => workspace.diskSpace),
      sum(own, (job) => job.reservedCoreHours),
    ];
    const counted = [activeJobs, diskSpace, coreHours - usedCoreHours];
    if (`${counted}` !== `${expected}`) yield `${scope} counts ${counted}, and has ${expected}`;
  }
}
