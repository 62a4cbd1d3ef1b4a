import type { MessageContext } from '../messages/context.ts';
import { type Database, getItem, updateExpression } from '../platform/dynamodb.ts';
import type { Write } from '../platform/transaction.ts';

/** A user's access to a project, as the table `users` keeps it. Times are milliseconds since 1970. */
export interface UserRow {
  /** Folded: UUIDs in lower case. */
  accessIdentifier: string;
  /** The identifier as the portal sent it first, if it differs. Calls to the portal use this identifier. */
  portalId?: string;
  projectNo: string;
  loginName: string;
  enabled: boolean;
  /** scrypt hash of the current one-time password. */
  passwordHash: string;
  /** The message whose one-time password is current. */
  passwordMessageId: string;
  passwordTaken: boolean;
  /** The user of workspaces that the person is, noted with the first workspace: revocations end what that user has. */
  workspaceUser?: number;
  createdAt: number;
  /** Sequence of the newest event in the access's history. */
  version: number;
}

export const readUser = (
  { db, tables }: { db: Database; tables: { users: string } },
  accessIdentifier: string,
): Promise<UserRow | undefined> => getItem<UserRow>(db, tables.users, { accessIdentifier });

/**
 * The condition that a user is as it was read: the note about workspaces raises no version.
 *
 * @returns a condition with its values
 */
export const asRead = ({ version, workspaceUser }: Pick<UserRow, 'version' | 'workspaceUser'>) => ({
  condition:
    workspaceUser === undefined ? 'version = :read AND attribute_not_exists(workspaceUser)' : 'version = :read',
  values: { ':read': version },
});

/** Changes a user, refused if the user has changed since it was read. */
export function userUpdate(
  { tables }: Pick<MessageContext, 'tables'>,
  user: UserRow,
  changes: Partial<UserRow>,
): Write {
  const { condition, values } = asRead(user);
  return {
    Update: {
      TableName: tables.users,
      Key: { accessIdentifier: user.accessIdentifier },
      ConditionExpression: condition,
      ...updateExpression({ ...changes, version: user.version + 1 }, values),
    },
  };
}

/** Key of a user in the table `members` of its project. */
export const userMemberKey = ({ projectNo, accessIdentifier }: Pick<UserRow, 'projectNo' | 'accessIdentifier'>) => ({
  projectNo,
  member: `user#${accessIdentifier}`,
});
