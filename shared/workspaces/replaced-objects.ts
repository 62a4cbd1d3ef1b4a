import { batchDelete, batchGet } from '../platform/dynamodb.ts';
import { TransientError } from '../platform/errors.ts';
import { pagesOf } from '../platform/pages.ts';
import { deleteObjects } from '../platform/s3.ts';
import { tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { WorkspacesContext } from './context.ts';
import { items, readWorkspace } from './find.ts';
import { prefixes, replacedKey, workspaceScope } from './keys.ts';

// A job fetches the objects that were files when it was launched, on a cluster hours later. An object that is replaced meanwhile
// stays until the workspace has no job left. Each is noted by the transaction that replaces it, and removed after that.

/** A replaced object that jobs may still fetch, or that is not deleted yet. */
interface ReplacedRow {
  scope: string;
  item: string;
  key: string;
}

/** Notes objects that are to be removed after the workspace's jobs. */
export const keepWrites = (
  { tables }: Pick<WorkspacesContext, 'tables'>,
  workspaceId: number,
  replaced: readonly { key: string }[],
): Write[] =>
  replaced.map(({ key }) => ({ Put: { TableName: tables.workspaces, Item: replacedRow(workspaceId, key) } }));

export const replacedRow = (workspaceId: number, key: string): ReplacedRow => ({
  ...replacedKey(workspaceId, key),
  key,
});

/** Notes of those among objects that were replaced and are not removed yet. */
export const readReplaced = (
  { db, clock, tables }: Pick<WorkspacesContext, 'db' | 'clock' | 'tables'>,
  workspaceId: number,
  objects: readonly { key: string }[],
): Promise<ReplacedRow[]> =>
  batchGet<ReplacedRow>(
    db,
    clock,
    tables.workspaces,
    objects.map(({ key }) => replacedKey(workspaceId, key)),
  );

/** Keys of one DeleteObjects (Amazon S3 API reference). */
const pageSize = 1_000;

/**
 * Removes the replaced objects of a workspace, unless a job may still fetch them.
 *
 * @throws TransientError if S3 did not delete all: another attempt goes on
 */
export async function removeReplaced(
  context: WorkspacesContext,
  id: { userId: number; workspaceId: number },
): Promise<void> {
  const { db, clock, tables, workspacesBucket } = context;
  await untilCommitted(`Workspace ${id.workspaceId}`, async () => {
    const workspace = await readWorkspace(context, id);
    if (!workspace || workspace.activeJobs > 0) return undefined;
    const found = items<ReplacedRow>(context, workspaceScope(id.workspaceId), prefixes.replaced);
    const rows = await Array.fromAsync(found);
    if (rows.length === 0) return undefined;
    // A job that was started meanwhile may need what was replaced after its start.
    if ((await readWorkspace(context, id))?.version !== workspace.version) return tryAgain;
    for (const page of pagesOf(rows, pageSize)) {
      const keys = page.map(({ key }) => key);
      const failed = await deleteObjects(workspacesBucket, keys);
      const gone = page.filter(({ key }) => !failed.has(key)).map(({ scope, item }) => ({ scope, item }));
      await batchDelete(db, clock, tables.workspaces, gone);
      if (failed.size > 0) throw new TransientError(`S3: ${failed.size} replaced objects are left`);
    }
    return undefined;
  });
}
