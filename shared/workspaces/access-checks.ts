import { stateCheck, type Write } from '../platform/transaction.ts';
import { readProject } from '../projects/project.ts';
import { readUser } from '../users/user.ts';
import type { WorkspacesContext } from './context.ts';
import { NotAllowedError } from './errors.ts';
import type { Viewer } from './users.ts';

/**
 * Conditions of a transaction that uses a project's files: the project is not being deleted, and the access that the account is
 * has not been disabled or deleted. With them, a message that takes one of these away finds what the transaction has made.
 */
export function accessChecks(
  { tables }: Pick<WorkspacesContext, 'tables'>,
  viewer: Viewer,
  projectNo: string | undefined,
): Write[] {
  const { accessIdentifier } = viewer.account;
  return [
    ...(projectNo === undefined ? [] : [stateCheck(tables.projects, { projectNo }, 'active')]),
    ...(accessIdentifier === undefined
      ? []
      : [
          {
            ConditionCheck: {
              TableName: tables.users,
              Key: { accessIdentifier },
              ConditionExpression: 'enabled = :true',
              ExpressionAttributeValues: { ':true': true },
            },
          },
        ]),
  ];
}

/**
 * Finds out whether it was these conditions that refused a transaction.
 *
 * @throws NotAllowedError when it was
 */
export async function checkAccess(
  context: WorkspacesContext,
  viewer: Viewer,
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
