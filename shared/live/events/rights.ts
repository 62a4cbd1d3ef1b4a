import type { AccountRow } from '../../accounts/account.ts';
import { withoutFactor } from '../../accounts/factors/requirement.ts';
import { allOrganizations, organizationIdOf } from '../../accounts/membership.ts';
import type { OrganizationRow } from '../../accounts/organization.ts';
import type { SessionRow } from '../../accounts/session.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import { contractorAudience, isContractorAudience } from '../../processes/audience.ts';
import type { UserRow } from '../../users/user.ts';
import type { LiveContext } from '../context.ts';
import { audiencesWith, logOf } from './audience.ts';

/** Audiences of an account now. */
export interface Rights {
  account: AccountRow;
  /** None when nobody may sign in to the account. */
  audiences: readonly string[];
}

/**
 * Reads the rights of accounts.
 *
 * @param names distinct
 * @param among the audiences that matter: of organizations, only these are looked for
 * @returns by the names of their logs, those that exist
 */
export async function readRights(
  context: LiveContext,
  names: readonly string[],
  among: readonly string[],
): Promise<Map<string, Rights>> {
  const { db, clock, tables } = context;
  const keys = names.map((account) => ({ account }));
  const accounts = await batchGet<AccountRow>(db, clock, tables.accounts, keys);
  const ids = new Set(accounts.flatMap(({ accessIdentifier }) => accessIdentifier ?? []));
  const userKeys = [...ids].map((accessIdentifier) => ({ accessIdentifier }));
  const [users, lacking, organizations] = await Promise.all([
    batchGet<UserRow>(db, clock, tables.users, userKeys),
    withoutFactor(context, accounts),
    organizationsAmong(context, new Set(among.filter(isContractorAudience))),
  ]);
  const usersById = new Map(users.map((user) => [user.accessIdentifier, user]));
  return new Map(
    accounts.map((account) => {
      const user = usersById.get(account.accessIdentifier ?? '');
      const audiences = lacking.has(account) ? [] : audiencesWith(account, user, organizations);
      return [logOf(account), { account, audiences }];
    }),
  );
}

/** The organizations of audiences. The index that finds them may lag behind, so the members are those of the rows. */
async function organizationsAmong(
  context: LiveContext,
  audiences: ReadonlySet<string>,
): Promise<readonly OrganizationRow[]> {
  if (audiences.size === 0) return [];
  const { db, clock, tables } = context;
  const found = await allOrganizations(context);
  const keys = found.filter((row) => audiences.has(contractorAudience(organizationIdOf(row))));
  return batchGet<OrganizationRow>(
    db,
    clock,
    tables.accounts,
    keys.map(({ account }) => ({ account })),
  );
}

/**
 * The rights of an account now, undefined when nobody may sign in to it.
 *
 * @param among as for `readRights`
 */
export async function currentRights(
  context: LiveContext,
  name: string,
  among: readonly string[],
): Promise<Rights | undefined> {
  const [rights] = (await readRights(context, [name], among)).values();
  return rights && rights.audiences.length > 0 ? rights : undefined;
}

/** Finds the sessions that have not ended: a sign-out may be known before its event is read. @returns their ids */
export async function openSessions({ db, clock, tables }: LiveContext, ids: Iterable<string>): Promise<Set<string>> {
  const keys = [...new Set(ids)].map((sessionId) => ({ sessionId }));
  const rows = await batchGet<SessionRow>(db, clock, tables.sessions, keys, ['sessionId']);
  return new Set(rows.map(({ sessionId }) => sessionId));
}
