import type { AccountRow } from '../accounts/account.ts';
import type { MessageContext } from '../messages/context.ts';
import type { Write } from '../platform/transaction.ts';
import { accessAccountRemoval } from './access-account.ts';
import { asRead, type UserRow, userMemberKey } from './user.ts';

/**
 * Removes a user, its membership and its account, refused if the user has changed since it was read.
 *
 * @param account as it was read after the user
 */
export function userRemoval(
  { tables }: Pick<MessageContext, 'tables'>,
  user: UserRow,
  account: AccountRow | undefined,
): Write[] {
  const { condition, values } = asRead(user);
  return [
    {
      Delete: {
        TableName: tables.users,
        Key: { accessIdentifier: user.accessIdentifier },
        ConditionExpression: condition,
        ExpressionAttributeValues: values,
      },
    },
    { Delete: { TableName: tables.members, Key: userMemberKey(user) } },
    ...accessAccountRemoval({ tables }, account),
  ];
}
