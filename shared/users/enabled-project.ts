import type { AccountRow } from '../accounts/account.ts';
import { foldUserName } from '../accounts/user-name.ts';
import type { Database } from '../platform/dynamodb.ts';
import { readUser, type UserRow } from './user.ts';

/** The project of the access that an account is, while the access exists and is enabled. */
export async function projectNoOf(
  context: { db: Database; tables: { users: string } },
  account: Pick<AccountRow, 'account' | 'accessIdentifier'>,
): Promise<string | undefined> {
  if (account.accessIdentifier === undefined) return undefined;
  const user = await readUser(context, account.accessIdentifier);
  return user && projectWith(account, user);
}

/** The project of an access that is an account, while the access is enabled. */
export const projectWith = (
  { account }: Pick<AccountRow, 'account'>,
  { enabled, loginName, projectNo }: UserRow,
): string | undefined => (enabled && foldUserName(loginName) === account ? projectNo : undefined);
