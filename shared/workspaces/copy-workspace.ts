import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { batchPut } from '../platform/dynamodb.ts';
import { pagesOf } from '../platform/pages.ts';
import { updateItem } from '../platform/transaction.ts';
import type { WorkspacesContext } from './context.ts';
import { LimitExceededError } from './errors.ts';
import { filesAtOnce, newFileKey, storeFiles } from './files.ts';
import { type Contents, contentsOf, readWorkspace, readWorkspaces } from './find.ts';
import { linkKey, workspaceKey } from './keys.ts';
import type { WorkspaceRow } from './rows.ts';
import { isHidden } from './views.ts';

/**
 * Copies files and links of a shared workspace into the receiver's, which is `initializing` until then. Names that begin with a
 * dot are left out, as in the documented API. Repeated, it copies what is missing.
 *
 * @returns whether the copy is done
 */
export async function copyWorkspace(
  context: WorkspacesContext,
  id: { userId: number; workspaceId: number },
): Promise<boolean> {
  const copy = await readWorkspace(context, id);
  if (copy?.state !== 'initializing' || !copy.shared) return true;
  const { original: originalId } = copy.shared;
  const source = await contentsOf(context, originalId);
  // After its contents: what it has got since it became one of a project is nothing that the receiver was asked about.
  const original = (await readWorkspaces(context, [originalId])).get(originalId);
  if (original && original.projectNo !== copy.projectNo) {
    await setState(context, copy, 'error');
    return true;
  }
  try {
    if (original) await copyContents(context, source, copy);
  } catch (error) {
    if (!(error instanceof LimitExceededError)) throw error;
    // The receiver may decline it, or the sender share it again.
    await setState(context, copy, 'error');
    return true;
  }
  await setState(context, copy, 'idle');
  return true;
}

async function copyContents(context: WorkspacesContext, source: Contents, copy: WorkspaceRow): Promise<void> {
  const present = await contentsOf(context, copy.workspaceId);
  const known = new Set(present.files.map(({ name }) => name));
  const missing = source.files.filter(({ name }) => !isHidden(name) && !known.has(name));
  const { s3, name: Bucket } = context.workspacesBucket;
  for (const page of pagesOf(missing, filesAtOnce)) {
    const copies = page.map(({ name, key, size, requested }) => {
      return { name, key: newFileKey(copy.workspaceId), size, etag: '', requested, source: `${Bucket}/${key}` };
    });
    await storeFiles(context, copy, copies, async ({ key: Key, source: CopySource }) => {
      return (await s3.send(new CopyObjectCommand({ Bucket, Key, CopySource }))).CopyObjectResult?.ETag;
    });
  }
  const links = source.links
    .filter(({ name }) => !isHidden(name))
    .map((link) => ({ ...link, ...linkKey(copy.workspaceId, link.name) }));
  await batchPut(context.db, context.clock, context.tables.workspaces, links);
}

async function setState(
  { db, tables }: WorkspacesContext,
  copy: WorkspaceRow,
  state: WorkspaceRow['state'],
): Promise<void> {
  await updateItem(db, {
    TableName: tables.workspaces,
    Key: workspaceKey(copy),
    ConditionExpression: '#state = :initializing',
    UpdateExpression: 'SET #state = :state ADD version :one',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':initializing': 'initializing', ':state': state, ':one': 1 },
  });
}
