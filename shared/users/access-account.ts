import { type AccountRow, accountCreation, accountRemoval, endOfTokens, readAccount } from '../accounts/account.ts';
import { accountSubject } from '../accounts/history.ts';
import { foldUserName } from '../accounts/user-name.ts';
import type { MessageContext } from '../messages/context.ts';
import { batchGet, updateExpression } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { UserRow } from './user.ts';

// An access is an account, whose user name is the login name. What a message does to it stands in the access's history.

type Context = Pick<MessageContext, 'db' | 'clock' | 'tables'>;

export const readAccessAccount = (
  { db, tables }: Context,
  { loginName }: Pick<UserRow, 'loginName'>,
): Promise<AccountRow | undefined> => readAccount(db, tables.accounts, loginName);

/** The accounts of accesses, by folded user name. */
export async function readAccessAccounts(
  { db, clock, tables }: Context,
  users: readonly UserRow[],
): Promise<Map<string, AccountRow>> {
  const accounts = new Set(users.map(({ loginName }) => foldUserName(loginName)));
  const rows = await batchGet<AccountRow>(
    db,
    clock,
    tables.accounts,
    [...accounts].map((account) => ({ account })),
  );
  return new Map(rows.map((row) => [row.account, row]));
}

/** The subject of the history of the accounts with a login name, which an account that has it anew continues. */
export const accessAccountSubject = (loginName: string): string => accountSubject(foldUserName(loginName));

/**
 * Creates the account of a new access, which the one-time password opens for its change; refused when an account has the login
 * name: who shares a login name shares the data.
 */
export function accessAccountCreation({ clock, tables }: Context, user: UserRow, version: number): Write[] {
  const { loginName, accessIdentifier, passwordHash } = user;
  return accountCreation(tables.accounts, {
    account: foldUserName(loginName),
    userName: loginName,
    accessIdentifier,
    accessDisabled: false,
    ...oneTimePassword(passwordHash),
    blockLogin: false,
    permissions: [],
    createdAt: clock.now(),
    version,
  });
}

/** Gives the account of an access a new one-time password. No token of before is valid any more. */
export const accessPasswordReset = (context: Context, user: UserRow, passwordHash: string): Write =>
  accessAccountUpdate(context, user, {
    ...oneTimePassword(passwordHash),
    passwordExpiresAt: undefined,
  });

/** Opens the account of an access, but for a block by a person of the centre. */
export const accessEnabling = (context: Context, user: UserRow): Write =>
  accessAccountUpdate(context, user, { accessDisabled: false });

/** Shuts the account of an access. No token of before is valid any more, not even when the access is enabled again. */
export const accessDisabling = (context: Context, user: UserRow): Write =>
  accessAccountUpdate(context, user, { accessDisabled: true, ...endOfTokens() });

/** Removes the account of an access. @param account as it was read after the access */
export const accessAccountRemoval = ({ tables }: Pick<Context, 'tables'>, account: AccountRow | undefined): Write[] =>
  account ? accountRemoval(tables.accounts, account) : [];

const oneTimePassword = (passwordHash: string) => ({
  passwordHash,
  passwordGenerated: true,
  changePassword: true,
  ...endOfTokens(),
});

/** Needs no look at the account: the access's version tells whether another message came between. */
const accessAccountUpdate = (
  { tables }: Pick<Context, 'tables'>,
  { loginName, accessIdentifier }: UserRow,
  changes: Partial<AccountRow>,
): Write => ({
  Update: {
    TableName: tables.accounts,
    Key: { account: foldUserName(loginName) },
    ConditionExpression: 'accessIdentifier = :access',
    ...updateExpression(changes, { ':access': accessIdentifier }),
  },
});
