import type { AccountRow } from '../accounts/account.ts';
import { accountIdOf } from '../accounts/membership.ts';
import { batchGet, getItem } from '../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted } from '../platform/transaction.ts';
import { projectNoOf } from '../users/enabled-project.ts';
import type { WorkspacesContext } from './context.ts';
import { items } from './find.ts';
import { nextId } from './ids.ts';
import { accountKey, userKey, usersScope } from './keys.ts';
import type { WorkspaceUserRow } from './rows.ts';

/** A user, with the account as it is now. */
export interface User {
  userId: number;
  account: AccountRow;
}

/** The sender of a request. */
export interface WorkspaceViewer extends User {
  /** The project of the account's access, while the access is enabled. */
  projectNo: string | undefined;
}

/** Finds the user that an account is, and makes one at its first request. */
export async function userOf(
  context: Pick<WorkspacesContext, 'db' | 'clock' | 'tables'>,
  account: AccountRow,
): Promise<User> {
  const { db, clock, tables } = context;
  const TableName = tables.workspaces;
  const key = accountKey(accountIdOf(account));
  return untilCommitted('User', async () => {
    const known = await getItem<{ userId: number }>(db, TableName, key);
    if (known) return { userId: known.userId, account };
    const userId = await nextId(context, 'user');
    const row: WorkspaceUserRow = {
      ...userKey(userId),
      userId,
      account: account.account,
      accountCreatedAt: account.createdAt,
    };
    const outcome = await transact(db, clock, [
      { Put: { TableName, Item: { ...key, userId }, ConditionExpression: 'attribute_not_exists(#item)', ...itemName } },
      { Put: { TableName, Item: row } },
    ]);
    return outcome === 'committed' ? { userId, account } : tryAgain;
  });
}

const itemName = { ExpressionAttributeNames: { '#item': 'item' } };

/** Finds the sender of a request. */
export async function viewerOf(context: WorkspacesContext, account: AccountRow): Promise<WorkspaceViewer> {
  const [user, projectNo] = await Promise.all([userOf(context, account), projectNoOf(context, account)]);
  return { ...user, projectNo };
}

export const isOperator = ({ account }: User): boolean => account.permissions.includes('operator');

/** Whether a user may see the files of a project. */
export async function maySee(
  context: Pick<WorkspacesContext, 'db' | 'tables'>,
  user: User,
  projectNo: string,
): Promise<boolean> {
  return isOperator(user) || (await projectNoOf(context, user.account)) === projectNo;
}

/** Whether a viewer is shown a user: a researcher sees the people of the own project, people of the centre see everybody. */
export async function isVisibleTo(
  context: Pick<WorkspacesContext, 'db' | 'tables'>,
  viewer: WorkspaceViewer,
  user: User,
): Promise<boolean> {
  const isOfCentre = isOperator(viewer) || viewer.account.accessIdentifier === undefined;
  if (isOfCentre || user.userId === viewer.userId) return true;
  return viewer.projectNo !== undefined && (await maySee(context, user, viewer.projectNo));
}

/** The users with these ids whose accounts exist, by id. */
export async function readUsers(context: WorkspacesContext, ids: Iterable<number>): Promise<Map<number, User>> {
  const keys = [...new Set(ids)].map(userKey);
  const rows = await batchGet<WorkspaceUserRow>(context.db, context.clock, context.tables.workspaces, keys);
  return withAccounts(context, rows);
}

/** All users whose accounts exist, in the order of their ids. */
export async function allUsers(context: WorkspacesContext): Promise<User[]> {
  const rows = await Array.fromAsync(items<WorkspaceUserRow>(context, usersScope, ''));
  return [...(await withAccounts(context, rows)).values()].toSorted((one, other) => one.userId - other.userId);
}

async function withAccounts(
  { db, clock, tables }: WorkspacesContext,
  rows: readonly WorkspaceUserRow[],
): Promise<Map<number, User>> {
  const keys = [...new Set(rows.map(({ account }) => account))].map((account) => ({ account }));
  const found = await batchGet<AccountRow>(db, clock, tables.accounts, keys);
  const accounts = new Map(found.map((account) => [account.account, account]));
  const users = rows.flatMap(({ userId, account: name, accountCreatedAt }) => {
    const account = accounts.get(name);
    return account?.createdAt === accountCreatedAt ? [{ userId, account }] : [];
  });
  return new Map(users.map((user) => [user.userId, user]));
}
