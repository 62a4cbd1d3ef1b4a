import type { Write } from '../platform/transaction.ts';
import { readProject } from '../projects/project.ts';
import type { WorkspacesContext } from './context.ts';
import { projectKey, projectWorkspaceKey } from './keys.ts';

/** An item that names a workspace of a project. */
export interface ProjectWorkspace {
  userId: number;
  workspaceId: number;
  /** When the workspace's project was created, in milliseconds since 1970. Another one of the number has another time. */
  projectCreatedAt: number;
  /**
   * Set when the workspace is removed: from when on nothing that had begun before puts an object or an item any more, in
   * milliseconds since 1970. Until that has been removed, too, the project is not rid of the workspace.
   */
  quietAt?: number;
}

/**
 * Writes that name a workspace at its project, for the transaction that creates or binds it. They refuse the transaction unless the
 * project is active, and still the one that it is now. Without a project there are none.
 */
export async function projectWrites(
  context: Pick<WorkspacesContext, 'db' | 'tables'>,
  projectNo: string | undefined,
  { userId, workspaceId }: Pick<ProjectWorkspace, 'userId' | 'workspaceId'>,
): Promise<Write[]> {
  if (projectNo === undefined) return [];
  const { tables } = context;
  const projectCreatedAt = (await readProject(context, projectNo))?.createdAt ?? 0;
  const names = [
    { ...projectKey(projectNo), projectNo },
    { ...projectWorkspaceKey(projectNo, workspaceId), userId, workspaceId, projectCreatedAt },
  ];
  return [
    ...names.map((Item) => ({ Put: { TableName: tables.workspaces, Item } })),
    {
      ConditionCheck: {
        TableName: tables.projects,
        Key: { projectNo },
        ConditionExpression: '#state = :active AND createdAt = :createdAt',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':active': 'active', ':createdAt': projectCreatedAt },
      },
    },
  ];
}
