import { projectKey, projectWorkspaceKey } from './keys.ts';

/** An item that names a workspace of a project. */
export interface ProjectWorkspace {
  userId: number;
  workspaceId: number;
  /** When the workspace came to the project, in milliseconds since 1970: a project that was created later is another one. */
  since: number;
}

/** The items that name a workspace of a project, for the transaction that creates or binds it. */
export const projectItems = (projectNo: string, { userId, workspaceId, since }: ProjectWorkspace) => [
  { ...projectKey(projectNo), projectNo },
  { ...projectWorkspaceKey(projectNo, workspaceId), userId, workspaceId, since },
];
