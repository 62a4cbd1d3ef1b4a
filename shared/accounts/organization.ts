import { historyWrites, nextSequence } from '../history/history.ts';
import { batchGet, getItem, scan } from '../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { AccountRow } from './account.ts';
import type { AccountContext } from './context.ts';
import type { Actor } from './history.ts';
import { foldUserName } from './user-name.ts';

/** A group of accounts that carries out services. */
export interface Organization {
  name: string;
  supportedServices: number[];
  /** User names. */
  members: string[];
  details: Record<string, unknown>;
}

/** An organization as the table `accounts` keeps it, beside the accounts: no user name has a `#`. */
interface OrganizationRow {
  account: string;
  name: string;
  supportedServices: number[];
  /** An account of the same name that is created later is no member. */
  members: { account: string; createdAt: number }[];
  /** JSON: DynamoDB does not keep every number. */
  details: string;
  /** Sequence of the newest event in the organization's history. */
  version: number;
}

const prefix = 'organization#';
const keyOf = (name: string): string => prefix + foldUserName(name);

/** Whether an organization may have this name: 1 to 64 letters, digits, spaces and `._@+&-` that begin with a letter or digit. */
export const isAllowedOrganizationName = (name: string): boolean =>
  /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._@+&-]{0,63}$/u.test(foldUserName(name)) && name === name.trim();

export async function readOrganization(context: AccountContext, name: string): Promise<Organization | undefined> {
  const row = await readRow(context, name);
  return row && withMembers(context, row);
}

const readRow = async ({ db, tables }: AccountContext, name: string): Promise<OrganizationRow | undefined> =>
  isAllowedOrganizationName(name) ? getItem(db, tables.accounts, { account: keyOf(name) }) : undefined;

/** All organizations, by name. */
export async function listOrganizations(context: AccountContext): Promise<Organization[]> {
  const found: Organization[] = [];
  for await (const row of scan<OrganizationRow>(context.db, context.tables.accounts)) {
    if (row.account.startsWith(prefix)) found.push(await withMembers(context, row));
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

async function withMembers(context: AccountContext, row: OrganizationRow): Promise<Organization> {
  const { name, supportedServices, details } = row;
  const accounts = await readAccounts(
    context,
    row.members.map(({ account }) => account),
  );
  const members = row.members.flatMap(({ account, createdAt }) => {
    const found = accounts.get(account);
    return found?.createdAt === createdAt ? found.userName : [];
  });
  return { name, supportedServices, members, details: JSON.parse(details) };
}

async function readAccounts({ db, clock, tables }: AccountContext, names: readonly string[]) {
  const keys = names.map((account) => ({ account }));
  const rows = await batchGet<AccountRow>(db, clock, tables.accounts, keys, ['account', 'userName', 'createdAt']);
  return new Map(rows.map((row) => [row.account, row]));
}

export type Saved =
  | { kind: 'created' | 'changed'; organization: Organization }
  /** @param userName a member that does not exist */
  | { kind: 'no-such-user'; userName: string };

/** Creates or replaces an organization. */
export async function saveOrganization(
  context: AccountContext,
  { name, supportedServices, members, details }: Organization,
  actor: Actor,
): Promise<Saved> {
  const { tables } = context;
  const names = [...new Map(members.map((userName) => [foldUserName(userName), userName])).entries()];
  const keys = names.map(([account]) => account).filter((account) => !account.includes('#') && account !== '');
  const accounts = await readAccounts(context, keys);
  const missing = names.find(([account]) => !accounts.has(account));
  if (missing) return { kind: 'no-such-user', userName: missing[1] };
  const row = {
    account: keyOf(name),
    name: name.normalize('NFKC'),
    supportedServices: [...new Set(supportedServices)],
    members: [...accounts.values()].map(({ account, createdAt }) => ({ account, createdAt })),
    details: JSON.stringify(details),
  };
  const before = await change(context, name, actor, (before, version) => ({
    event: before ? 'changed' : 'created',
    write: { Put: { TableName: tables.accounts, Item: { ...row, version }, ...unchanged(before) } },
  }));
  const organization = await withMembers(context, { ...row, version: 0 });
  return { kind: before ? 'changed' : 'created', organization };
}

/** @returns whether there was an organization of this name */
export async function deleteOrganization(context: AccountContext, name: string, actor: Actor): Promise<boolean> {
  const TableName = context.tables.accounts;
  const before = await change(context, name, actor, (before) =>
    before
      ? { event: 'deleted', write: { Delete: { TableName, Key: { account: before.account }, ...unchanged(before) } } }
      : undefined,
  );
  return before !== undefined;
}

type Plan = (
  before: OrganizationRow | undefined,
  version: number,
) => { event: 'created' | 'changed' | 'deleted'; write: Write } | undefined;

/** Changes an organization together with its history. @returns the row as it was */
async function change(
  context: AccountContext,
  name: string,
  actor: Actor,
  plan: Plan,
): Promise<OrganizationRow | undefined> {
  const { db, clock, tables } = context;
  const subject = keyOf(name);
  return untilCommitted('Organization', async () => {
    const before = await readRow(context, name);
    const sequence = before ? before.version + 1 : await nextSequence(db, tables.history, subject);
    const planned = plan(before, sequence);
    if (!planned) return before;
    const { event, write } = planned;
    const history = historyWrites(tables, [{ subject, sequence, event, details: { ...actor } }], { at: clock.now() });
    return (await transact(db, clock, [write, ...history])) === 'committed' ? before : tryAgain;
  });
}

const unchanged = (before: OrganizationRow | undefined) =>
  before
    ? { ConditionExpression: 'version = :read', ExpressionAttributeValues: { ':read': before.version } }
    : { ConditionExpression: 'attribute_not_exists(account)' };
