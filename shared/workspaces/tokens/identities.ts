import { type AccountRow, readAccount } from '../../accounts/account.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { transact } from '../../platform/transaction.ts';
import type { WorkspacesContext } from '../context.ts';
import { identityKey, userIdentityKey } from '../keys.ts';
import type { IdentityRow } from '../rows.ts';
import type { User } from '../users.ts';

type Context = Pick<WorkspacesContext, 'db' | 'clock' | 'tables'>;

/** @param identity issuer and subject. @returns the account that the identity is linked to, if the account is still there */
export async function linkedAccount(context: Context, identity: string): Promise<AccountRow | undefined> {
  const row = await getItem<IdentityRow>(context.db, context.tables.workspaces, identityKey(identity));
  if (!row) return undefined;
  const account = await readAccount(context.db, context.tables.accounts, row.account);
  return account?.createdAt === row.accountCreatedAt ? account : undefined;
}

/** Links an identity to an account, in place of an account that is gone. @returns whether nobody else has linked it meanwhile */
export async function linkIdentity(context: Context, identity: string, { userId, account }: User): Promise<boolean> {
  const TableName = context.tables.workspaces;
  const key = identityKey(identity);
  const before = await getItem<IdentityRow>(context.db, TableName, key);
  const item: IdentityRow = { ...key, account: account.account, accountCreatedAt: account.createdAt };
  const condition = before
    ? {
        ConditionExpression: '#account = :account AND accountCreatedAt = :created',
        ExpressionAttributeNames: { '#account': 'account' },
        ExpressionAttributeValues: { ':account': before.account, ':created': before.accountCreatedAt },
      }
    : { ConditionExpression: 'attribute_not_exists(#item)', ExpressionAttributeNames: { '#item': 'item' } };
  const outcome = await transact(context.db, context.clock, [
    { Put: { TableName, Item: item, ...condition } },
    // By which the identity is removed with its user.
    { Put: { TableName, Item: { ...userIdentityKey(userId, identity), identity } } },
  ]);
  return outcome === 'committed';
}
