import type { AccountRow } from '../../accounts/account.ts';
import { withoutFactor } from '../../accounts/factors/requirement.ts';
import { allOrganizations } from '../../accounts/membership.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import { isContractorAudience } from '../../processes/audience.ts';
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
 * @param among the audiences that matter, all by default; organizations are read where some of them do
 * @returns by the names of their logs, those that exist
 */
export async function readRights(
  context: LiveContext,
  names: readonly string[],
  among?: readonly string[],
): Promise<Map<string, Rights>> {
  const { db, clock, tables } = context;
  const asksForOrganizations = among?.some(isContractorAudience) ?? true;
  const keys = names.map((account) => ({ account }));
  const accounts = await batchGet<AccountRow>(db, clock, tables.accounts, keys);
  const ids = new Set(accounts.flatMap(({ accessIdentifier }) => accessIdentifier ?? []));
  const userKeys = [...ids].map((accessIdentifier) => ({ accessIdentifier }));
  const [users, lacking, organizations] = await Promise.all([
    batchGet<UserRow>(db, clock, tables.users, userKeys),
    withoutFactor(context, accounts),
    asksForOrganizations ? allOrganizations(context) : [],
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

/** The rights of an account now, undefined when nobody may sign in to it. */
export async function currentRights(context: LiveContext, name: string): Promise<Rights | undefined> {
  const [rights] = (await readRights(context, [name])).values();
  return rights && rights.audiences.length > 0 ? rights : undefined;
}
