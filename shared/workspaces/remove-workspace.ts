import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { gatherPages } from '../platform/pages.ts';
import { purge } from '../platform/s3.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { JobId, WorkspacesContext } from './context.ts';
import { workspacePrefix } from './files.ts';
import { items, readWorkspace } from './find.ts';
import {
  jobKey,
  jobScope,
  ownerKey,
  prefixes,
  projectWorkspaceKey,
  receivedKey,
  sentKey,
  workspaceKey,
  workspaceScope,
} from './keys.ts';
import type { WorkspaceRow } from './rows.ts';
import { holdersOf, usageWrites } from './usage.ts';
import { workWrite } from './work.ts';

interface WorkspaceId {
  userId: number;
  workspaceId: number;
}

/** Milliseconds in which a request or a job that had begun before may still put an object. */
const longestWrite = 2 * 3_600_000;

/** Items that one BatchWriteItem deletes. */
const pageSize = 25;

/**
 * Removes a workspace that is `deleting`: its objects, files, links and jobs, then its row, with which its disk space is given
 * back. Repeated, it goes on where it ended.
 *
 * @param deadline when to end, in milliseconds since 1970
 * @returns whether nothing is left
 */
export async function removeWorkspace(
  context: WorkspacesContext,
  id: WorkspaceId,
  deadline = context.clock.now() + 15_000,
): Promise<boolean> {
  const workspace = await readWorkspace(context, id);
  if (!workspace) return true;
  // A job that has not ended may still write.
  if (workspace.state !== 'deleting' || workspace.activeJobs > 0) return false;
  if (!(await removeContents(context, id, deadline))) return false;
  await untilCommitted(`Workspace ${id.workspaceId}`, async () => {
    const row = await readWorkspace(context, id);
    if (!row) return true;
    return (await transact(context.db, context.clock, rowRemoval(context, row))) === 'committed' || tryAgain;
  });
  return true;
}

/**
 * Removes objects and items of a workspace except its row. After the row has gone, it removes what requests have put that had
 * begun before.
 *
 * @returns whether nothing is left
 */
export async function removeContents(
  context: WorkspacesContext,
  id: WorkspaceId,
  deadline = context.clock.now() + 15_000,
): Promise<boolean> {
  const mayGoOn = async () => context.clock.now() < deadline;
  if (!(await purge(context.workspacesBucket, workspacePrefix(id.workspaceId), mayGoOn))) return false;
  const scope = workspaceScope(id.workspaceId);
  for (const prefix of [prefixes.job, prefixes.file, prefixes.link]) {
    const found = items<{ item: string; jobId?: number }>(context, scope, prefix);
    for await (const page of gatherPages(found, pageSize)) {
      if (!(await mayGoOn())) return false;
      for (const { jobId } of page) if (jobId !== undefined) await removeJob(context, { ...id, jobId });
      await deleteItems(
        context,
        page.map(({ item }) => ({ scope, item })),
      );
    }
  }
  return true;
}

/** Removes a job, with its owner, tickets and visits. */
async function removeJob(context: WorkspacesContext, id: JobId): Promise<void> {
  const scope = jobScope(id.jobId);
  for await (const page of gatherPages(items<{ item: string }>(context, scope, ''), pageSize)) {
    await deleteItems(
      context,
      page.map(({ item }) => ({ scope, item })),
    );
  }
  await deleteItems(context, [jobKey(id)]);
}

/** Deletes the row, what points to it, and what it counts for. */
function rowRemoval(context: WorkspacesContext, row: WorkspaceRow): Write[] {
  const { tables } = context;
  const remove = (Key: Record<string, string>): Write => ({ Delete: { TableName: tables.workspaces, Key } });
  const { workspaceId, userId, projectNo, shared, version } = row;
  return [
    {
      Delete: {
        TableName: tables.workspaces,
        Key: workspaceKey(row),
        ConditionExpression: 'version = :read',
        ExpressionAttributeValues: { ':read': version },
      },
    },
    remove(ownerKey(workspaceId)),
    ...(projectNo === undefined ? [] : [remove(projectWorkspaceKey(projectNo, workspaceId))]),
    ...(shared ? [remove(receivedKey(userId, workspaceId)), remove(sentKey(shared.from, workspaceId))] : []),
    ...usageWrites(context, holdersOf(row), { diskSpace: -row.diskSpace }),
    workWrite(context, { kind: 'purge-workspace', userId, id: workspaceId }, longestWrite),
  ];
}

async function deleteItems({ db, clock, tables }: WorkspacesContext, keys: readonly Record<string, string>[]) {
  let pending = { [tables.workspaces]: keys.map((Key) => ({ DeleteRequest: { Key } })) } as NonNullable<
    ConstructorParameters<typeof BatchWriteCommand>[0]['RequestItems']
  >;
  for (let attempt = 0; Object.keys(pending).length > 0; attempt++) {
    if (attempt > 0) await clock.sleep(clock.random() * 50 * 2 ** Math.min(attempt, 6));
    // Items that DynamoDB left out because of throughput.
    pending = (await db.send(new BatchWriteCommand({ RequestItems: pending }))).UnprocessedItems ?? {};
  }
}

/** The writes that begin the deletion of a workspace as it was read; its removal is work. */
export const deletionWrites = (context: WorkspacesContext, row: WorkspaceRow): Write[] => [
  {
    Update: {
      TableName: context.tables.workspaces,
      Key: workspaceKey(row),
      ConditionExpression: 'version = :read',
      UpdateExpression: 'SET #state = :deleting, version = :version',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':read': row.version, ':deleting': 'deleting', ':version': row.version + 1 },
    },
  },
  workWrite(context, { kind: 'remove-workspace', userId: row.userId, id: row.workspaceId }),
];
