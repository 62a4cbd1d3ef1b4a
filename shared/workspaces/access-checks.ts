import { updateExpression } from '../platform/dynamodb.ts';
import { stateCheck, type Write } from '../platform/transaction.ts';
import { readProject } from '../projects/project.ts';
import { readUser } from '../users/user.ts';
import type { WorkspacesContext } from './context.ts';
import { NotAllowedError } from './errors.ts';
import type { User, WorkspaceViewer } from './users.ts';

type Context = Pick<WorkspacesContext, 'tables'>;

/**
 * Conditions of a transaction that uses a project's files: the project is not being deleted, and the access that the account is
 * has not been disabled or deleted. With them, a message that takes one of these away finds what the transaction has made.
 */
export const accessChecks = (context: Context, user: User, projectNo: string | undefined): Write[] => [
  ...projectCheck(context, projectNo),
  ...accessCheck(context, user),
];

export const projectCheck = ({ tables }: Context, projectNo: string | undefined): Write[] =>
  projectNo === undefined ? [] : [stateCheck(tables.projects, { projectNo }, 'active')];

export const accessCheck = ({ tables }: Context, { account: { accessIdentifier } }: User): Write[] =>
  accessIdentifier === undefined
    ? []
    : [{ ConditionCheck: { TableName: tables.users, Key: { accessIdentifier }, ...isEnabled } }];

const isEnabled = { ConditionExpression: 'enabled = :true', ExpressionAttributeValues: { ':true': true } };

/**
 * Writes of a transaction that creates a workspace, in place of the check of its owner's access: the access notes whose
 * workspaces its revocation has to end. Refused when the account is another one by now, whose access must not have the note.
 */
export function ownerWrites(
  { tables }: Context,
  { userId, account: { account, accessIdentifier, createdAt } }: User,
): Write[] {
  if (accessIdentifier === undefined) return [];
  return [
    {
      Update: {
        TableName: tables.users,
        Key: { accessIdentifier },
        ConditionExpression: isEnabled.ConditionExpression,
        ...updateExpression({ workspaceUser: userId }, isEnabled.ExpressionAttributeValues),
      },
    },
    {
      ConditionCheck: {
        TableName: tables.accounts,
        Key: { account },
        ConditionExpression: 'createdAt = :createdAt',
        ExpressionAttributeValues: { ':createdAt': createdAt },
      },
    },
  ];
}

/**
 * Finds out whether it was these conditions that refused a transaction.
 *
 * @throws NotAllowedError when it was
 */
export async function checkAccess(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  projectNo: string | undefined,
): Promise<void> {
  const { accessIdentifier } = viewer.account;
  const [project, access] = await Promise.all([
    projectNo === undefined ? undefined : readProject(context, projectNo),
    accessIdentifier === undefined ? undefined : readUser(context, accessIdentifier),
  ]);
  if (projectNo !== undefined && project?.state !== 'active') throw new NotAllowedError('The project is gone.');
  if (accessIdentifier !== undefined && !access?.enabled) {
    throw new NotAllowedError('The access to the project is disabled.');
  }
}
