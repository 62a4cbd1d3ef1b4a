import { type AccountRow, allAccounts, blockReason } from '../../../shared/accounts/account.ts';
import { hasFactor, kindsOf } from '../../../shared/accounts/factors/factor.ts';
import { permissionNames } from '../../../shared/accounts/permission.ts';
import { foldUserName } from '../../../shared/accounts/user-name.ts';
import type { Command } from '../command.ts';
import { dateTime, listing, printPage, type Show } from '../listing.ts';

const states = ['open', 'blocked'] as const;

const options = {
  permission: { flags: '--permission <NAME>', choices: permissionNames, summary: 'only with this permission' },
  state: { flags: '--state <STATE>', choices: states, summary: 'only of this state' },
  ...listing,
} as const;

/** Lists the accounts of people and programs, those of accesses among them. */
export const listAccounts: Command<typeof options> = {
  name: 'accounts list',
  group: 'Accounts',
  arguments: [],
  options,
  summary: 'List accounts, with their permissions',
  examples: ['accounts list --permission admin', 'accounts list --state blocked'],
  async run(operation, { permission, state, after, limit }) {
    const { db, tables } = await operation.gateway();
    const all = allAccounts(db, tables.accounts, after === undefined ? undefined : foldUserName(after));
    return printPage(operation, limit, matching(all, permission, state), show, { permission, state, after });
  },
};

async function* matching(
  all: AsyncIterable<AccountRow>,
  permission: string | undefined,
  state: string | undefined,
): AsyncGenerator<AccountRow> {
  for await (const account of all) {
    if (permission !== undefined && !account.permissions.includes(permission)) continue;
    if (state === undefined || stateOf(account) === state) yield account;
  }
}

const stateOf = (account: AccountRow) => (blockReason(account) === undefined ? 'open' : 'blocked');

/** An account for programs, without hashes of passwords and without data for checking tokens. */
export const describeAccount = (account: AccountRow) => {
  const { userName, email, fname, lname, permissions, changePassword, accessIdentifier, createdAt } = account;
  const reason = blockReason(account);
  return {
    ...{ userName, state: stateOf(account), permissions, changePassword, createdAt },
    ...{ email, fname, lname, accessIdentifier, blockReason: reason },
    ...(hasFactor(account) && { secondFactors: kindsOf(account) }),
  };
};

const show: Show<AccountRow> = {
  head: ['STATE', 'CREATED', 'USER NAME', 'PERMISSIONS', 'E-MAIL', 'ACCESS'],
  row: (account) => [
    stateOf(account),
    dateTime(account.createdAt),
    account.userName,
    account.permissions.join(', '),
    account.email ?? '',
    account.accessIdentifier ?? '',
  ],
  describe: describeAccount,
  id: ({ userName }) => userName,
  one: 'account',
  many: 'accounts',
};
