import type { MessageContext } from '../messages/context.ts';
import type { Write } from '../platform/transaction.ts';
import { giveUpLoginName } from './login-name-holder.ts';
import { type UserRow, userMemberKey } from './user.ts';

/** Removes a user and its membership, refused if the user has changed since it was read. */
export function userRemoval({ tables }: Pick<MessageContext, 'tables'>, user: UserRow): Write[] {
  return [
    {
      Delete: {
        TableName: tables.users,
        Key: { accessIdentifier: user.accessIdentifier },
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: { ':read': user.version },
      },
    },
    { Delete: { TableName: tables.members, Key: userMemberKey(user) } },
    giveUpLoginName(tables.members, user),
  ];
}
