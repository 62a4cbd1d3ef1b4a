import { projectKey, projectWorkspaceKey } from './keys.ts';

/** An item that names a workspace of a project. */
export interface ProjectWorkspace {
  userId: number;
  workspaceId: number;
  /** When the workspace came to the project, in milliseconds since 1970: a project that was created later is another one. */
  since: number;
  /**
   * Set when the workspace is removed: from when on nothing that had begun before puts an object or an item any more, in
   * milliseconds since 1970. Until that has been removed, too, the project is not rid of the workspace.
   */
  quietAt?: number;
}

/** The items that name a workspace of a project, for the transaction that creates or binds it. */
export const projectItems = (projectNo: string, { userId, workspaceId, since }: ProjectWorkspace) => [
  { ...projectKey(projectNo), projectNo },
  { ...projectWorkspaceKey(projectNo, workspaceId), userId, workspaceId, since },
];
