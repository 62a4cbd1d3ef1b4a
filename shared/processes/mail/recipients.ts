import type { AccountRow } from '../../accounts/account.ts';
import { blockReason } from '../../accounts/account.ts';
import { accountIdOf, isMember, organizationIdOf } from '../../accounts/membership.ts';
import type { OrganizationRow } from '../../accounts/organization.ts';
import { foldUserName } from '../../accounts/user-name.ts';
import { batchGet, getItem, query } from '../../platform/dynamodb.ts';
import { projectWith } from '../../users/enabled-project.ts';
import type { UserRow } from '../../users/user.ts';
import type { ProcessContext } from '../context.ts';
import type { Side } from '../machine/transitions.ts';
import type { ProcessProjectRow, ProcessRow } from '../rows.ts';

/** Most people who get a mail about one thing: they fit into one transaction. */
const maxRecipients = 90;

/** The accounts of a party that may sign in and have an address, as they are now. */
export async function recipientsOf(
  context: ProcessContext,
  project: ProcessProjectRow,
  process: ProcessRow,
  side: Side,
): Promise<AccountRow[]> {
  const accounts = side === 'client' ? await clients(context, project.owner) : await members(context, process);
  return accounts.filter((account) => account.email && blockReason(account) === undefined).slice(0, maxRecipients);
}

async function clients(context: ProcessContext, owner: ProcessProjectRow['owner']): Promise<AccountRow[]> {
  if (owner.kind === 'session') return [];
  if (owner.kind === 'dst') return withAccess(context, owner.projectNo);
  const rows = await readAccounts(context, [owner.account]);
  return rows.filter((row) => accountIdOf(row) === owner.id);
}

/** All who have an enabled access to a project of DST. */
async function withAccess(context: ProcessContext, projectNo: string): Promise<AccountRow[]> {
  const { db, clock, tables } = context;
  const found = query<{ member: string }>(db, {
    TableName: tables.members,
    KeyConditionExpression: 'projectNo = :projectNo AND begins_with(#member, :user)',
    ExpressionAttributeNames: { '#member': 'member' },
    ExpressionAttributeValues: { ':projectNo': projectNo, ':user': 'user#' },
  });
  const keys = (await Array.fromAsync(found)).map(({ member }) => ({ accessIdentifier: member.slice('user#'.length) }));
  const users = await batchGet<UserRow>(db, clock, tables.users, keys);
  const byAccount = new Map(users.map((user) => [foldUserName(user.loginName), user]));
  return (await readAccounts(context, byAccount.keys())).filter((account) => {
    const user = byAccount.get(account.account);
    return user !== undefined && projectWith(account, user) === projectNo;
  });
}

/** The members of the organization that a process was sent to. */
async function members(context: ProcessContext, { contractor }: ProcessRow): Promise<AccountRow[]> {
  if (!contractor) return [];
  const key = { account: contractor.organization };
  const row = await getItem<OrganizationRow>(context.db, context.tables.accounts, key);
  if (!row || organizationIdOf(row) !== contractor.id) return [];
  const rows = await readAccounts(
    context,
    row.members.map(({ account }) => account),
  );
  return rows.filter((account) => isMember(row, account));
}

const readAccounts = ({ db, clock, tables }: ProcessContext, names: Iterable<string>): Promise<AccountRow[]> =>
  batchGet<AccountRow>(
    db,
    clock,
    tables.accounts,
    [...new Set(names)].map((account) => ({ account })),
  );
