import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { batchDelete, updateExpression } from '../platform/dynamodb.ts';
import { gatherPages } from '../platform/pages.ts';
import { purge } from '../platform/s3.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import type { JobId, RemovalContext } from './context.ts';
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
import { holdersOf, usageWrites } from './usage-limits.ts';
import { workWrite } from './work.ts';

/** Milliseconds that a removal takes at most, unless its caller gives it another time. */
const longestRemoval = 15_000;

function within({ clock }: Pick<RemovalContext, 'clock'>, time: number): () => Promise<boolean> {
  const deadline = clock.now() + time;
  return async () => clock.now() < deadline;
}

interface WorkspaceId {
  userId: number;
  workspaceId: number;
}

/** Milliseconds after which what late requests and jobs have put is removed. */
export const longestWrite = 2 * 3_600_000;

/** Milliseconds that a request may still put something: its function's 25 seconds, and what S3 takes. */
const longestRequest = 2 * 60_000;

/** The same of a copy that the sweep makes, in its 5 minutes. */
const longestCopy = 7 * 60_000;

/** The same of the end of a job, in the 15 minutes of its function: two executions may end a job. */
const longestEnd = 17 * 60_000;

/** Items that one BatchWriteItem deletes. */
const pageSize = 25;

/**
 * Removes a workspace that is `deleting`: its objects, files, links and jobs, then its row, with which its disk space is given
 * back. Repeated, it goes on where it ended.
 *
 * @param mayGoOn called before anything is removed; false leaves the rest to another call
 * @returns whether nothing is left
 */
export async function removeWorkspace(
  context: RemovalContext,
  id: WorkspaceId,
  mayGoOn = within(context, longestRemoval),
): Promise<boolean> {
  const workspace = await readWorkspace(context, id);
  if (!workspace) return true;
  // A job that has not ended may still write.
  if (workspace.state !== 'deleting' || workspace.activeJobs > 0) return false;
  if (!(await removeContents(context, id, mayGoOn))) return false;
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
 * @param mayGoOn called before anything is removed; false leaves the rest to another call
 * @returns whether nothing is left
 */
export async function removeContents(
  context: Omit<RemovalContext, 'jobs'>,
  id: WorkspaceId,
  mayGoOn = within(context, longestRemoval),
): Promise<boolean> {
  if (!(await purge(context.workspacesBucket, workspacePrefix(id.workspaceId), mayGoOn))) return false;
  const scope = workspaceScope(id.workspaceId);
  for (const prefix of [prefixes.job, prefixes.file, prefixes.link, prefixes.replaced]) {
    const found = items<{ item: string; jobId?: number }>(context, scope, prefix);
    for await (const page of gatherPages(found, pageSize)) {
      if (!(await mayGoOn())) return false;
      for (const { jobId } of page) if (jobId !== undefined) await removeJob(context, { ...id, jobId });
      await batchDelete(
        context.db,
        context.clock,
        context.tables.workspaces,
        page.map(({ item }) => ({ scope, item })),
      );
    }
  }
  return true;
}

/** Removes a job, with its owner, tickets and visits. */
async function removeJob({ db, clock, tables }: Omit<RemovalContext, 'jobs'>, id: JobId): Promise<void> {
  const scope = jobScope(id.jobId);
  const found = items<{ item: string }>({ db, tables }, scope, '');
  const keys = await Array.fromAsync(found, ({ item }) => ({ scope, item }));
  await batchDelete(db, clock, tables.workspaces, [...keys, jobKey(id)]);
}

/** Deletes the row, what points to it, and what it counts for. */
function rowRemoval(context: Pick<RemovalContext, 'clock' | 'tables'>, row: WorkspaceRow): Write[] {
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
    ...(projectNo === undefined ? [] : [quietWrite(context, projectNo, row)]),
    ...(shared ? [remove(receivedKey(userId, workspaceId)), remove(sentKey(shared.from, workspaceId))] : []),
    ...usageWrites(context, holdersOf(row), { diskSpace: -row.diskSpace }),
    workWrite(context, { kind: 'purge-workspace', userId, id: workspaceId, projectNo }, longestWrite),
  ];
}

/** Notes at the project from when on nothing comes to the workspace any more. */
function quietWrite(
  { clock, tables }: Pick<RemovalContext, 'clock' | 'tables'>,
  projectNo: string,
  { workspaceId, shared, lastJobEndedAt }: WorkspaceRow,
): Write {
  const late = clock.now() + (shared ? longestCopy : longestRequest);
  const quietAt = lastJobEndedAt === undefined ? late : Math.max(late, lastJobEndedAt + longestEnd);
  return {
    Update: {
      TableName: tables.workspaces,
      Key: projectWorkspaceKey(projectNo, workspaceId),
      ...updateExpression({ quietAt }),
    },
  };
}

/** The writes that begin the deletion of a workspace as it was read; its removal is work. */
export const deletionWrites = (context: Pick<RemovalContext, 'clock' | 'tables'>, row: WorkspaceRow): Write[] => [
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

/** Removes the item that names a workspace of a project, when nothing is left of the workspace. */
export async function forgetWorkspace(
  { db, tables }: Pick<RemovalContext, 'db' | 'tables'>,
  projectNo: string,
  workspaceId: number,
): Promise<void> {
  const Key = projectWorkspaceKey(projectNo, workspaceId);
  await db.send(new DeleteCommand({ TableName: tables.workspaces, Key }));
}
