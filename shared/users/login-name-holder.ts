import { type Database, getItem } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';
import type { UserRow } from './user.ts';

type Named = Pick<UserRow, 'loginName' | 'accessIdentifier'>;

/** Where the table `members` keeps which access has a login name. Members of projects have other names, so none is like it. */
const keyOf = (loginName: string) => ({ projectNo: `login-name#${loginName}`, member: 'login-name' });

/** The access that has a login name. */
export async function loginNameHolder(db: Database, table: string, loginName: string): Promise<string | undefined> {
  return (await getItem<Named>(db, table, keyOf(loginName)))?.accessIdentifier;
}

/** Takes a login name for an access; refused when one has it: who shares a login name shares the data. */
export const takeLoginName = (table: string, { loginName, accessIdentifier }: Named): Write => ({
  Put: {
    TableName: table,
    Item: { ...keyOf(loginName), accessIdentifier },
    ConditionExpression: 'attribute_not_exists(projectNo)',
  },
});

/** Gives the login name of an access up. */
export const giveUpLoginName = (table: string, { loginName }: Named): Write => ({
  Delete: { TableName: table, Key: keyOf(loginName) },
});
