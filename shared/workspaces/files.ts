import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet, batchPut } from '../platform/dynamodb.ts';
import { PermanentError } from '../platform/errors.ts';
import { pagesOf } from '../platform/pages.ts';
import { deleteObjects } from '../platform/s3.ts';
import { transact, tryAgain, untilCommitted } from '../platform/transaction.ts';
import type { JobId, WorkspacesContext } from './context.ts';
import { LimitExceededError, NotReadyError } from './errors.ts';
import { readWorkspace } from './find.ts';
import { fileKey, jobKey, workspaceKey } from './keys.ts';
import { keepWrites, readReplaced, removeReplaced, replacedRow } from './replaced-objects.ts';
import type { WorkspaceFileRow, WorkspaceRow } from './rows.ts';
import { exceededLimits, readUsage, usageWrites } from './usage-limits.ts';

/** Prefix of the keys of everything of a workspace. */
export const workspacePrefix = (workspaceId: number): string => `workspaces/${workspaceId}/`;

/** A new key for the content of a file. No name of a file is part of a key. */
export const newFileKey = (workspaceId: number): string => `${workspacePrefix(workspaceId)}files/${randomUUID()}`;

/** An object that becomes a file of a workspace. */
export type NewWorkspaceFile = Pick<WorkspaceFileRow, 'name' | 'key' | 'size' | 'etag' | 'requested'>;

/** Objects that are put concurrently. */
const concurrency = 16;

/** Files of one transaction, which has 100 actions: each file may replace an object that jobs still need. */
export const filesAtOnce = 45;

/**
 * Puts files into a workspace, in place of files of the same names.
 *
 * @throws LimitExceededError when a limit of disk space is exceeded: nothing is stored then, except where others use up the
 * space meanwhile
 * @throws NotReadyError when the workspace is being deleted
 */
export async function putFiles(
  context: WorkspacesContext,
  workspace: WorkspaceId,
  files: readonly { name: string; bytes: Buffer; requested?: number }[],
): Promise<void> {
  const { s3, name: Bucket } = context.workspacesBucket;
  const unstored = files.map((file) => ({
    ...file,
    key: newFileKey(workspace.workspaceId),
    size: file.bytes.length,
    etag: '',
  }));
  await planSpace(context, workspace, unstored);
  await storeFiles(context, workspace, unstored, async ({ key: Key, bytes }) => {
    return (await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes }))).ETag;
  });
}

interface WorkspaceId {
  userId: number;
  workspaceId: number;
}

/**
 * Stores objects and makes them files of the workspace, as `registerFiles`. When one cannot be stored, none stays.
 *
 * @param files under new keys; they get the ETags of their objects
 * @param store stores an object. @returns its ETag
 */
export async function storeFiles<File extends NewWorkspaceFile>(
  context: WorkspacesContext,
  workspace: WorkspaceId,
  files: readonly File[],
  store: (file: File) => Promise<string | undefined>,
): Promise<void> {
  try {
    await forEachConcurrently(files, concurrency, async (file) => {
      file.etag = (await store(file)) ?? '';
    });
  } catch (error) {
    // An object may be there although the answer was lost.
    await discard(context, workspace, files);
    throw error;
  }
  await registerFiles(context, workspace, files);
}

/**
 * Makes objects of the workspace's prefix its files, in place of files of the same names, whose objects are removed when no job
 * needs them. Sizes count for the workspace, its user and its project. An object that a newer file has replaced stays replaced, so
 * that a repeat does no harm.
 *
 * @param leftBy the job that left the objects, which must not have ended
 * @throws LimitExceededError, NotReadyError as `putFiles`; the objects are removed then
 * @throws TransientError if another attempt may help; what a job left stays for it
 */
export async function registerFiles(
  context: WorkspacesContext,
  workspace: WorkspaceId,
  files: readonly NewWorkspaceFile[],
  leftBy?: JobId,
): Promise<void> {
  // The last of files with one name counts.
  const unique = [...new Map(files.map((file) => [file.name, file])).values()];
  await discard(context, workspace, without(files, unique));
  const pages = pagesOf(unique, filesAtOnce);
  let hasReplaced = false;
  for (const [index, page] of pages.entries()) {
    try {
      hasReplaced = (await registerPage(context, workspace, page, leftBy)) || hasReplaced;
    } catch (error) {
      if (!leftBy || error instanceof PermanentError) {
        const open = pages.slice(index).flat();
        const known = await readFileRows(context, workspace, open);
        const replaced = await readReplaced(context, workspace.workspaceId, open);
        await discard(context, workspace, without(without(open, known), replaced));
      }
      throw error;
    }
  }
  if (hasReplaced) await removeReplaced(context, workspace);
}

/** Those whose objects others do not have. */
const without = <Entry extends { key: string }>(
  entries: readonly Entry[],
  others: readonly { key: string }[],
): Entry[] => {
  const keys = new Set(others.map(({ key }) => key));
  return entries.filter(({ key }) => !keys.has(key));
};

/** Removes objects that became no files. Those that S3 fails to delete are removed with the replaced ones. */
async function discard(context: WorkspacesContext, id: WorkspaceId, entries: readonly { key: string }[]) {
  const keys = entries.map(({ key }) => key);
  // DeleteObjects takes 1,000 keys.
  for (const page of pagesOf(keys, 1_000)) {
    const failed = await deleteObjects(context.workspacesBucket, page);
    const rows = [...failed].map((key) => ({ ...replacedRow(id.workspaceId, key) }));
    await batchPut(context.db, context.clock, context.tables.workspaces, rows);
  }
}

const readFileRows = (
  { db, clock, tables }: WorkspacesContext,
  { workspaceId }: WorkspaceId,
  files: readonly { name: string }[],
): Promise<WorkspaceFileRow[]> => {
  const names = new Set(files.map(({ name }) => name));
  return batchGet<WorkspaceFileRow>(
    db,
    clock,
    tables.workspaces,
    [...names].map((name) => fileKey(workspaceId, name)),
  );
};

/** @returns whether files were replaced */
async function registerPage(
  context: WorkspacesContext,
  id: WorkspaceId,
  files: readonly NewWorkspaceFile[],
  leftBy: JobId | undefined,
): Promise<boolean> {
  const { db, clock, tables } = context;
  return untilCommitted(`Workspace ${id.workspaceId}`, async () => {
    const { workspace, fresh, before, difference, usages } = await planSpace(context, id, files);
    if (fresh.length === 0) return false;
    const rows = fresh.map((file): WorkspaceFileRow => {
      const known = before.get(file.name);
      const requested = file.requested ?? known?.requested;
      const { name, key, size, etag } = file;
      return { ...fileKey(id.workspaceId, name), name, key, size, etag, ...(requested !== undefined && { requested }) };
    });
    const replaced = without([...before.values()], fresh);
    const outcome = await transact(db, clock, [
      ...keepWrites(context, id.workspaceId, replaced),
      ...rows.map((Item) => {
        const known = before.get(Item.name);
        return {
          Put: {
            TableName: tables.workspaces,
            Item,
            ExpressionAttributeNames: { '#key': 'key' },
            ...(known
              ? { ConditionExpression: '#key = :known', ExpressionAttributeValues: { ':known': known.key } }
              : { ConditionExpression: 'attribute_not_exists(#key)' }),
          },
        };
      }),
      {
        Update: {
          TableName: tables.workspaces,
          Key: workspaceKey(id),
          ConditionExpression: `#state = :state AND ${isBoundAsRead(workspace)}`,
          UpdateExpression: 'SET modifiedAt = :now ADD diskSpace :difference, version :one',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: {
            ':state': workspace.state,
            ':now': clock.now(),
            ':difference': difference,
            ':one': 1,
          },
        },
      },
      ...(leftBy
        ? [
            {
              ConditionCheck: {
                TableName: tables.workspaces,
                Key: jobKey(leftBy),
                ConditionExpression: 'attribute_exists(jobId) AND attribute_not_exists(endedAt)',
              },
            },
          ]
        : []),
      ...usageWrites(context, usages, { diskSpace: difference }),
    ]);
    return outcome === 'refused' ? tryAgain : replaced.length > 0;
  });
}

/** A workspace becomes one of a project at most once. What it gets from then on counts for the project, too. */
const isBoundAsRead = ({ projectNo }: WorkspaceRow): string =>
  `attribute${projectNo === undefined ? '_not' : ''}_exists(projectNo)`;

/** @throws LimitExceededError, NotReadyError */
async function planSpace(context: WorkspacesContext, id: WorkspaceId, files: readonly NewWorkspaceFile[]) {
  const [workspace, known] = await Promise.all([readWorkspace(context, id), readFileRows(context, id, files)]);
  if (!acceptsFiles(workspace)) throw new NotReadyError(id.workspaceId);
  // After the files: one that replaced another is read with the note of what it replaced.
  const fresh = without(files, await readReplaced(context, id.workspaceId, files));
  const names = new Set(fresh.map(({ name }) => name));
  const before = new Map(known.filter(({ name }) => names.has(name)).map((row) => [row.name, row]));
  const difference = sizeOf(fresh) - sizeOf([...before.values()]);
  const usages = await readUsage(context, workspace);
  const problems = exceededLimits(usages, { diskSpace: difference });
  if (problems.length > 0) throw new LimitExceededError(problems);
  return { workspace, fresh, before, difference, usages };
}

const acceptsFiles = (workspace: WorkspaceRow | undefined): workspace is WorkspaceRow =>
  workspace?.state === 'idle' || workspace?.state === 'initializing';

const sizeOf = (files: readonly { size: number }[]) => files.reduce((sum, { size }) => sum + size, 0);
