import { type AccountRow, readAccount } from '../../accounts/account.ts';
import { getItem } from '../../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted } from '../../platform/transaction.ts';
import type { WorkspacesContext } from '../context.ts';
import { identityKey, userIdentityKey } from '../keys.ts';
import type { IdentityRow } from '../rows.ts';
import type { User } from '../users.ts';

type Context = Pick<WorkspacesContext, 'db' | 'clock' | 'tables'>;

/** @param identity issuer and subject. @returns the account that the identity is linked to, if the account is still there */
export async function linkedAccount(context: Context, identity: string): Promise<AccountRow | undefined> {
  const row = await readLink(context, identity);
  return row && accountIn(context, row);
}

const readLink = ({ db, tables }: Context, identity: string) =>
  getItem<IdentityRow>(db, tables.workspaces, identityKey(identity));

async function accountIn({ db, tables }: Context, row: IdentityRow): Promise<AccountRow | undefined> {
  const account = await readAccount(db, tables.accounts, row.account);
  return account?.createdAt === row.accountCreatedAt ? account : undefined;
}

/** Links an identity to an account, in place of an account that is gone. @returns false when it is linked to another account */
export async function linkIdentity(context: Context, identity: string, { userId, account }: User): Promise<boolean> {
  const { db, clock, tables } = context;
  const TableName = tables.workspaces;
  const key = identityKey(identity);
  const item: IdentityRow = { ...key, account: account.account, accountCreatedAt: account.createdAt };
  return untilCommitted('Identity', async () => {
    const before = await readLink(context, identity);
    const linked = before && (await accountIn(context, before));
    if (linked) return linked.account === account.account && linked.createdAt === account.createdAt;
    const condition = before
      ? {
          ConditionExpression: '#account = :account AND accountCreatedAt = :created',
          ExpressionAttributeNames: { '#account': 'account' },
          ExpressionAttributeValues: { ':account': before.account, ':created': before.accountCreatedAt },
        }
      : { ConditionExpression: 'attribute_not_exists(#item)', ExpressionAttributeNames: { '#item': 'item' } };
    const outcome = await transact(db, clock, [
      { Put: { TableName, Item: item, ...condition } },
      // The row by which the identity is removed with its user.
      { Put: { TableName, Item: { ...userIdentityKey(userId, identity), identity } } },
    ]);
    return outcome === 'committed' || tryAgain;
  });
}
