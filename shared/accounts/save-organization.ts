import { historyWrites, nextSequence } from '../history/history.ts';
import { InvalidInputError } from '../platform/errors.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import { mayBeAccount } from './account.ts';
import type { AccountContext } from './context.ts';
import type { Actor } from './history.ts';
import {
  type Organization,
  type OrganizationFields,
  type OrganizationRow,
  organizationKey,
  organizationKind,
  readAccounts,
  readRow,
  sizeProblem,
  withMembers,
} from './organization.ts';
import { foldUserName } from './user-name.ts';

export type NoSuchUser = { kind: 'no-such-user'; userName: string };

type Saved = { kind: 'created' | 'changed'; organization: Organization };

/**
 * Creates or replaces an organization.
 *
 * @param version of the organization that the change was made on, 0 for none; another one is refused. Without it, anything is replaced
 */
export async function saveOrganization(
  context: AccountContext,
  { name, version, ...fields }: OrganizationFields & { version?: number | undefined },
  actor: Actor,
): Promise<Saved | NoSuchUser | { kind: 'other-version'; exists: boolean }> {
  const found = await rowFields(context, fields);
  if ('userName' in found) return { kind: 'no-such-user', userName: found.userName };
  const row = { ...newRow(name), ...found };
  const { before, after } = await change(context, name, actor, (before) =>
    version === undefined || version === (before?.version ?? 0) ? row : 'unchanged',
  );
  if (!after) return { kind: 'other-version', exists: before !== undefined };
  return { kind: before ? 'changed' : 'created', organization: await withMembers(context, after) };
}

/** Creates an organization, unless there is one of this name. */
export async function createOrganization(
  context: AccountContext,
  { name, ...fields }: OrganizationFields,
  actor: Actor,
): Promise<Saved | NoSuchUser | { kind: 'exists' }> {
  const saved = await saveOrganization(context, { name, ...fields, version: 0 }, actor);
  return saved.kind === 'other-version' ? { kind: 'exists' } : saved;
}

export interface OrganizationChange {
  supportedServices?: number[] | undefined;
  /** User names. */
  newMembers?: string[] | undefined;
  removedMembers?: string[] | undefined;
}

/**
 * Changes an organization, whatever others change at the same time.
 *
 * @throws InvalidInputError when it would have too many members
 */
export async function changeOrganization(
  context: AccountContext,
  name: string,
  { supportedServices, newMembers = [], removedMembers = [] }: OrganizationChange,
  actor: Actor,
): Promise<Saved | NoSuchUser | { kind: 'unknown' }> {
  const found = await rowFields(context, { supportedServices, members: newMembers });
  if ('userName' in found) return { kind: 'no-such-user', userName: found.userName };
  const { members: added = [], ...fields } = found;
  const leaving = new Set([...removedMembers.map(foldUserName), ...added.map(({ account }) => account)]);
  const { after } = await change(context, name, actor, (before) => {
    if (!before) return 'unchanged';
    const staying = before.members.filter(({ account }) => !leaving.has(account));
    const members = [...staying, ...added];
    const problem = sizeProblem({ members: members.map(({ account }) => account) });
    if (added.length > 0 && problem !== undefined) throw new InvalidInputError(problem);
    return { ...before, ...fields, members };
  });
  return after ? { kind: 'changed', organization: await withMembers(context, after) } : { kind: 'unknown' };
}

/** @returns whether there was an organization of this name */
export async function deleteOrganization(context: AccountContext, name: string, actor: Actor): Promise<boolean> {
  const { before } = await change(context, name, actor, (before) => (before ? 'deleted' : 'unchanged'));
  return before !== undefined;
}

type Fields = Omit<OrganizationRow, 'version'>;

const newRow = (name: string): Fields => ({
  account: organizationKey(name),
  kind: organizationKind,
  name: name.normalize('NFKC'),
  supportedServices: [],
  members: [],
  details: '{}',
});

/** The fields as the table keeps them; or a member that is no account. */
async function rowFields(
  context: AccountContext,
  fields: { [name in keyof OrganizationFields]?: OrganizationFields[name] | undefined },
): Promise<Partial<Fields> | { userName: string }> {
  const { supportedServices, members, details } = fields;
  const names = [...new Map(members?.map((userName) => [foldUserName(userName), userName])).entries()];
  const keys = names.map(([account]) => account).filter(mayBeAccount);
  const accounts = await readAccounts(context, keys);
  const missing = names.find(([account]) => !accounts.has(account));
  if (missing) return { userName: missing[1] };
  const kept = [...accounts.values()].map(({ account, createdAt }) => ({ account, createdAt }));
  return {
    ...(supportedServices && { supportedServices: [...new Set(supportedServices)] }),
    ...(members && { members: kept }),
    ...(details && { details: JSON.stringify(details) }),
  };
}

/** @returns the row to be, or what else is to be done */
type Plan = (before: OrganizationRow | undefined) => Fields | 'deleted' | 'unchanged';

/** Changes an organization together with its history. @returns the row as it was, and as it is if it was written */
async function change(
  context: AccountContext,
  name: string,
  actor: Actor,
  plan: Plan,
): Promise<{ before: OrganizationRow | undefined; after?: OrganizationRow }> {
  const { db, clock, tables } = context;
  const subject = organizationKey(name);
  return untilCommitted('Organization', async () => {
    const before = await readRow(context, name);
    const sequence = before ? before.version + 1 : await nextSequence(db, tables.history, subject);
    const planned = plan(before);
    if (planned === 'unchanged') return { before };
    const event = planned === 'deleted' ? planned : before ? 'changed' : 'created';
    const createdAt = before ? before.createdAt : clock.now();
    const after =
      planned === 'deleted' ? undefined : { ...planned, ...(createdAt && { createdAt }), version: sequence };
    const TableName = tables.accounts;
    const write: Write = after
      ? { Put: { TableName, Item: after, ...unchanged(before) } }
      : { Delete: { TableName, Key: { account: subject }, ...unchanged(before) } };
    const history = historyWrites(tables, [{ subject, sequence, event, details: { ...actor } }], { at: clock.now() });
    if ((await transact(db, clock, [write, ...history])) === 'refused') return tryAgain;
    return { before, ...(after && { after }) };
  });
}

const unchanged = (before: OrganizationRow | undefined) =>
  before
    ? { ConditionExpression: 'version = :read', ExpressionAttributeValues: { ':read': before.version } }
    : { ConditionExpression: 'attribute_not_exists(account)' };
