import { historyWrites, nextSequence } from '../../history/history.ts';
import { batchGet, getItem } from '../../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../../platform/transaction.ts';
import type { AccountRow } from '../account.ts';
import type { AccountContext } from '../context.ts';
import type { Actor } from '../history.ts';
import { authenticateLive } from '../live-token.ts';
import { isPermission, type Permission } from '../permission.ts';
import { authenticate, type OpenSession } from '../session.ts';
import { hasFactor } from './factor.ts';

/** Demands of a permission, as the table `accounts` keeps them beside the accounts: no user name has a `#`. */
interface RequirementRow {
  /** `permission#…` */
  account: string;
  secondFactor: boolean;
  /** Sequence of the newest event in the permission's history. */
  version: number;
}

/** Key of a permission's demands, and subject of their history. */
export const permissionSubject = (permission: string): string => `permission#${permission}`;

const readRow = ({ db, tables }: AccountContext, permission: Permission): Promise<RequirementRow | undefined> =>
  getItem(db, tables.accounts, { account: permissionSubject(permission) });

/** Whether accounts with a permission need a second factor. */
export const requiresFactor = async (context: AccountContext, permission: Permission): Promise<boolean> =>
  (await readRow(context, permission))?.secondFactor ?? false;

/** Whether an account has a permission that requires a second factor, and has none. */
export async function lacksFactor(context: AccountContext, account: AccountRow): Promise<boolean> {
  if (hasFactor(account)) return false;
  const demands = account.permissions.filter(isPermission).map((name) => requiresFactor(context, name));
  return (await Promise.all(demands)).includes(true);
}

/** Finds the accounts that `lacksFactor`, by reading each permission once. */
export async function withoutFactor(
  { db, clock, tables }: AccountContext,
  accounts: readonly AccountRow[],
): Promise<Set<AccountRow>> {
  const lacking = accounts.filter((account) => !hasFactor(account));
  const names = new Set(lacking.flatMap(({ permissions }) => permissions.filter(isPermission)));
  const keys = [...names].map((name) => ({ account: permissionSubject(name) }));
  const rows = await batchGet<RequirementRow>(db, clock, tables.accounts, keys);
  const demanding = new Set(rows.filter(({ secondFactor }) => secondFactor).map(({ account }) => account));
  return new Set(
    lacking.filter(({ permissions }) =>
      permissions.some((name) => isPermission(name) && demanding.has(permissionSubject(name))),
    ),
  );
}

/**
 * As `authenticate`, for services that cannot limit what a token opens.
 *
 * @returns nothing, too, while the account has to set a new password or add a second factor
 */
export const authenticateFully = async (context: AccountContext, token: string): Promise<OpenSession | undefined> =>
  unlessLimited(context, await authenticate(context, token));

/** As `authenticateFully`, also by a token that opens connections alone. */
export const authenticateConnection = async (
  context: AccountContext,
  token: string,
): Promise<OpenSession | undefined> =>
  (await authenticateFully(context, token)) ?? unlessLimited(context, await authenticateLive(context, token));

async function unlessLimited(
  context: AccountContext,
  found: OpenSession | undefined,
): Promise<OpenSession | undefined> {
  if (!found || found.session.restricted) return undefined;
  return (await lacksFactor(context, found.account)) ? undefined : found;
}

/** Sets whether accounts with a permission need a second factor. Tokens that they have follow at once. */
export async function requireFactor(
  context: AccountContext,
  permission: Permission,
  secondFactor: boolean,
  actor: Actor,
): Promise<void> {
  const { db, clock, tables } = context;
  const subject = permissionSubject(permission);
  await untilCommitted('Permission', async () => {
    const before = await readRow(context, permission);
    if ((before?.secondFactor ?? false) === secondFactor) return undefined;
    const sequence = before ? before.version + 1 : await nextSequence(db, tables.history, subject);
    const Item: RequirementRow = { account: subject, secondFactor, version: sequence };
    const write: Write = { Put: { TableName: tables.accounts, Item, ...unchanged(before) } };
    const details = { ...actor, secondFactorRequired: secondFactor };
    const history = historyWrites(tables, [{ subject, sequence, event: 'changed', details }], { at: clock.now() });
    return (await transact(db, clock, [write, ...history])) === 'committed' ? undefined : tryAgain;
  });
}

const unchanged = (before: RequirementRow | undefined) =>
  before
    ? { ConditionExpression: 'version = :read', ExpressionAttributeValues: { ':read': before.version } }
    : { ConditionExpression: 'attribute_not_exists(account)' };
