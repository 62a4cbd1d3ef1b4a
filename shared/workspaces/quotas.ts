import type { AccountRow } from '../accounts/account.ts';
import { getItem, updateExpression } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { WorkspacesContext } from './context.ts';
import { items } from './find.ts';
import { coreHourUnits } from './job-state.ts';
import { type Holder, projectKey, projectsScope, usageKey, usersScope } from './keys.ts';
import type { UsageRow, WorkspaceUserRow } from './rows.ts';
import { userOf } from './users.ts';

type Context = Pick<WorkspacesContext, 'db' | 'clock' | 'tables'>;

/** Limits of a user or a project that differ from those of the configuration. Core hours are hours, disk space bytes. */
export type OwnLimits = Pick<UsageRow, 'maxConcurrentJobs' | 'maxCoreHours' | 'maxDiskSpace'>;

/** Use and own limits of a user or a project. */
export interface Quota extends OwnLimits {
  /** `project#…` or `account#…`. */
  subject: string;
  activeJobs: number;
  /** Hours of jobs that have ended, and those reserved for jobs that have not. */
  usedCoreHours: number;
  reservedCoreHours: number;
  diskSpace: number;
}

/** Use and limits of all projects with workspaces and of all users, by subject. */
export async function* listQuotas(context: Context): AsyncGenerator<Quota> {
  for await (const { account, userId } of inOrder(context)) {
    yield readQuota(context, `account#${account}`, { userId });
  }
  for await (const { projectNo } of items<{ projectNo: string }>(context, projectsScope, '')) {
    yield readQuota(context, `project#${projectNo}`, { projectNo });
  }
}

async function* inOrder(context: Context): AsyncGenerator<WorkspaceUserRow> {
  const users = await Array.fromAsync(items<WorkspaceUserRow>(context, usersScope, ''));
  yield* users.toSorted((one, other) => (one.account < other.account ? -1 : 1));
}

async function readQuota({ db, tables }: Context, subject: string, holder: Holder): Promise<Quota> {
  const row = await getItem<UsageRow>(db, tables.workspaces, usageKey(holder));
  const { activeJobs = 0, coreHours = 0, usedCoreHours = 0, diskSpace = 0 } = row ?? {};
  const { maxConcurrentJobs, maxCoreHours, maxDiskSpace } = row ?? {};
  return {
    ...{ subject, activeJobs, diskSpace, maxConcurrentJobs, maxCoreHours, maxDiskSpace },
    usedCoreHours: usedCoreHours / coreHourUnits,
    reservedCoreHours: (coreHours - usedCoreHours) / coreHourUnits,
  };
}

/**
 * The writes that set limits of a user or a project. They count from the next use on.
 *
 * @param limits undefined removes one, so that the configuration's counts again
 */
export async function limitWrites(
  context: Context,
  target: { account: AccountRow } | { projectNo: string },
  limits: OwnLimits,
): Promise<Write[]> {
  const TableName = context.tables.workspaces;
  const holder = 'account' in target ? { userId: (await userOf(context, target.account)).userId } : target;
  return [
    { Update: { TableName, Key: usageKey(holder), ...updateExpression({ ...limits }) } },
    ...('projectNo' in target
      ? [{ Put: { TableName, Item: { ...projectKey(target.projectNo), projectNo: target.projectNo } } }]
      : []),
  ];
}
