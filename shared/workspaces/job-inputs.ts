import { type AccountRow, blockReason } from '../accounts/account.ts';
import { readFiles } from '../files/rows.ts';
import { getItem } from '../platform/dynamodb.ts';
import { readProject } from '../projects/project.ts';
import type { WorkspacesContext } from './context.ts';
import { NotAllowedError } from './errors.ts';
import { contentsOf } from './find.ts';
import { isSafeName } from './names.ts';
import type { JobRow } from './rows.ts';
import { maySee } from './users.ts';

/** An object that a job gets as a file. */
export interface StagedFile {
  /** Relative path in the job's directory; safe on any file system. */
  path: string;
  bucket: 'workspaces' | 'files';
  key: string;
  size: number;
  etag?: string;
  /** Whether the file was delivered. */
  readOnly: boolean;
}

/**
 * Lists what a job gets: the files of its workspace, and the delivered files that links name, with the rights that the owner has
 * now. A link to a file that is gone or may not be seen any more is left out.
 *
 * @throws NotAllowedError when the owner may not run jobs on the project any more
 */
export async function jobInputs(context: WorkspacesContext, job: JobRow): Promise<StagedFile[]> {
  await checkMayRun(context, job);
  const { files, links } = await contentsOf(context, job.workspaceId);
  const delivered = await readFiles(
    context,
    links.map(({ fileId }) => fileId),
  );
  const linked = links.flatMap(({ name, fileId, fileCreatedAt }): StagedFile[] => {
    const file = delivered.get(fileId);
    if (file?.state !== 'stored' || file.createdAt !== fileCreatedAt || file.projectNo !== job.projectNo) return [];
    return [{ path: name, bucket: 'files', key: file.objectKey, size: file.size ?? 0, readOnly: true }];
  });
  const own = files.map(
    ({ name, key, size, etag }): StagedFile => ({ path: name, bucket: 'workspaces', key, size, etag, readOnly: false }),
  );
  return withoutCollisions([...linked, ...own].filter(({ path }) => isSafeName(path)));
}

/**
 * Finds out whether a job may go on.
 *
 * @returns its owner
 * @throws NotAllowedError when the owner may not run jobs on the project any more
 */
export async function checkMayRun(
  context: Pick<WorkspacesContext, 'db' | 'tables'>,
  job: Pick<JobRow, 'account' | 'accountCreatedAt' | 'userId' | 'projectNo'>,
): Promise<AccountRow> {
  const { db, tables } = context;
  const { projectNo } = job;
  const account = await getItem<AccountRow>(db, tables.accounts, { account: job.account });
  if (account?.createdAt !== job.accountCreatedAt) throw new NotAllowedError('The account is gone');
  if (blockReason(account) !== undefined) throw new NotAllowedError('The account is blocked');
  if (projectNo !== undefined) {
    const project = await readProject(context, projectNo);
    if (project?.state !== 'active') throw new NotAllowedError('The project is gone');
    if (!(await maySee(context, { userId: job.userId, account }, projectNo))) {
      throw new NotAllowedError('The account may not see the project any more');
    }
  }
  return account;
}

/** Leaves out files whose path, or a folder of it, is taken by another one: `a` and `a/b` cannot both be there. */
function withoutCollisions(files: readonly StagedFile[]): StagedFile[] {
  const taken = new Set<string>();
  const folders = new Set<string>();
  return files.filter(({ path }) => {
    const above = path.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'));
    if (taken.has(path) || folders.has(path) || above.some((folder) => taken.has(folder))) return false;
    taken.add(path);
    for (const folder of above) if (folder !== '') folders.add(folder);
    return true;
  });
}
