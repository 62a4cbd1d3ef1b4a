// Keys of the table `workspaces`. Ids are padded, so that keys are in the order of ids.

const padded = (id: number): string => String(id).padStart(12, '0');

interface Key extends Record<string, string> {
  scope: string;
  item: string;
}

export type CounterName = 'workspace' | 'job' | 'user';

export const counterKey = (name: CounterName): Key => ({ scope: 'counter', item: name });

/** @param accountId from `accountIdOf` */
export const accountKey = (accountId: string): Key => ({ scope: `account#${accountId}`, item: 'user' });

/** The scope with a row for each person who uses the API. */
export const usersScope = 'users';
export const userKey = (userId: number): Key => ({ scope: usersScope, item: padded(userId) });

export const userScope = (userId: number): string => `user#${padded(userId)}`;
export const projectScope = (projectNo: string): string => `project#${projectNo}`;
export const workspaceScope = (workspaceId: number): string => `workspace#${padded(workspaceId)}`;

/** Prefixes of the items of a scope. */
export const prefixes = {
  workspace: 'workspace#',
  job: 'job#',
  file: 'file#',
  link: 'link#',
  replaced: 'replaced#',
  received: 'received#',
  sent: 'sent#',
  identity: 'identity#',
  ticket: 'ticket#',
  visit: 'visit#',
} as const;

/** A holder of limits: a user or a project. */
export type Holder = { userId: number } | { projectNo: string };

export const usageKey = (holder: Holder): Key => ({
  scope: 'userId' in holder ? userScope(holder.userId) : projectScope(holder.projectNo),
  item: 'usage',
});

export const workspaceKey = ({ userId, workspaceId }: { userId: number; workspaceId: number }): Key => ({
  scope: userScope(userId),
  item: prefixes.workspace + padded(workspaceId),
});

/** The item that names the owner of a workspace. */
export const ownerKey = (workspaceId: number): Key => ({ scope: workspaceScope(workspaceId), item: 'owner' });

/** The scope with a row for each project that has workspaces. */
export const projectsScope = 'projects';
export const projectKey = (projectNo: string): Key => ({ scope: projectsScope, item: projectNo });

/** The item that names a workspace of a project. */
export const projectWorkspaceKey = (projectNo: string, workspaceId: number): Key => ({
  scope: projectScope(projectNo),
  item: prefixes.workspace + padded(workspaceId),
});

export const fileKey = (workspaceId: number, name: string): Key => ({
  scope: workspaceScope(workspaceId),
  item: prefixes.file + name,
});

export const linkKey = (workspaceId: number, name: string): Key => ({
  scope: workspaceScope(workspaceId),
  item: prefixes.link + name,
});

/** @param key of an object that was a file */
export const replacedKey = (workspaceId: number, key: string): Key => ({
  scope: workspaceScope(workspaceId),
  item: prefixes.replaced + key,
});

export const jobKey = ({ userId, jobId }: { userId: number; jobId: number }): Key => ({
  scope: userScope(userId),
  item: prefixes.job + padded(jobId),
});

/** The scope of a job: its owner, and the tickets and visits of its server. */
export const jobScope = (jobId: number): string => `job#${padded(jobId)}`;

/** The item that names the owner of a job. */
export const jobOwnerKey = (jobId: number): Key => ({ scope: jobScope(jobId), item: 'job' });

/** @param hash of the ticket */
export const ticketKey = (jobId: number, hash: string): Key => ({
  scope: jobScope(jobId),
  item: prefixes.ticket + hash,
});

/** @param hash of the cookie's value */
export const visitKey = (jobId: number, hash: string): Key => ({ scope: jobScope(jobId), item: prefixes.visit + hash });

/** The item that names a job of a workspace. */
export const workspaceJobKey = (workspaceId: number, jobId: number): Key => ({
  scope: workspaceScope(workspaceId),
  item: prefixes.job + padded(jobId),
});

/** @param copyId id of the copy that the receiver gets */
export const receivedKey = (userId: number, copyId: number): Key => ({
  scope: userScope(userId),
  item: prefixes.received + padded(copyId),
});

export const sentKey = (userId: number, copyId: number): Key => ({
  scope: userScope(userId),
  item: prefixes.sent + padded(copyId),
});

/** The item that counts the jobs of a resource. @param resource its key in the configuration */
export const resourceKey = (resource: string): Key => ({ scope: `resource#${resource}`, item: 'usage' });

/** @param identity issuer and subject of a person at another service */
export const identityKey = (identity: string): Key => ({ scope: `${prefixes.identity}${identity}`, item: 'account' });

/** The item that names an identity of a user. */
export const userIdentityKey = (userId: number, identity: string): Key => ({
  scope: userScope(userId),
  item: prefixes.identity + identity,
});

export const workScope = 'work';

/** @param id of the workspace or job that the work is about */
export const workKey = (kind: string, id: number): Key => ({ scope: workScope, item: `${kind}#${padded(id)}` });
