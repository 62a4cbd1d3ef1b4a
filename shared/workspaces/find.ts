import { batchGet, getItem, query } from '../platform/dynamodb.ts';
import type { JobId, RemovalContext } from './context.ts';
import { jobKey, ownerKey, prefixes, workspaceKey, workspaceScope } from './keys.ts';
import type { JobRow, LinkRow, WorkspaceFileRow, WorkspaceRow } from './rows.ts';

type Context = Pick<RemovalContext, 'db' | 'clock' | 'tables'>;

/** Items of a scope whose keys begin with a prefix, in the order of keys. */
export function items<Item>(
  { db, tables }: Pick<RemovalContext, 'db' | 'tables'>,
  scope: string,
  prefix: string,
  options: { newestFirst?: boolean; before?: string; pageSize?: number } = {},
): AsyncGenerator<Item> {
  const { newestFirst = false, before, pageSize } = options;
  const condition = before === undefined ? 'begins_with(#item, :prefix)' : '#item BETWEEN :prefix AND :before';
  // No value of a condition on a key may be empty.
  const isLimited = prefix !== '';
  return query<Item>(db, {
    TableName: tables.workspaces,
    KeyConditionExpression: isLimited ? `#scope = :scope AND ${condition}` : '#scope = :scope',
    ExpressionAttributeNames: { '#scope': 'scope', ...(isLimited && { '#item': 'item' }) },
    ExpressionAttributeValues: {
      ':scope': scope,
      ...(isLimited && { ':prefix': prefix }),
      ...(before !== undefined && { ':before': before }),
    },
    ScanIndexForward: !newestFirst,
    ...(pageSize !== undefined && { Limit: pageSize }),
  });
}

export const readWorkspace = (
  { db, tables }: Pick<RemovalContext, 'db' | 'tables'>,
  id: { userId: number; workspaceId: number },
): Promise<WorkspaceRow | undefined> => getItem<WorkspaceRow>(db, tables.workspaces, workspaceKey(id));

/** Reads workspaces of any users by their ids alone. */
export async function readWorkspaces(context: Context, ids: Iterable<number>): Promise<Map<number, WorkspaceRow>> {
  const { db, clock, tables } = context;
  const keys = [...new Set(ids)].map(ownerKey);
  const owners = await batchGet<{ userId: number; workspaceId: number }>(db, clock, tables.workspaces, keys);
  const rows = await batchGet<WorkspaceRow>(db, clock, tables.workspaces, owners.map(workspaceKey));
  return new Map(rows.map((row) => [row.workspaceId, row]));
}

export const readJob = (
  { db, tables }: Pick<RemovalContext, 'db' | 'tables'>,
  id: JobId,
): Promise<JobRow | undefined> => getItem<JobRow>(db, tables.workspaces, jobKey(id));

/** Jobs of a workspace that have not been removed. */
export async function jobsOfWorkspace(
  context: Context,
  { userId, workspaceId }: { userId: number; workspaceId: number },
): Promise<JobRow[]> {
  const ids = await Array.fromAsync(items<{ jobId: number }>(context, workspaceScope(workspaceId), prefixes.job));
  const keys = ids.map(({ jobId }) => jobKey({ userId, jobId }));
  return batchGet<JobRow>(context.db, context.clock, context.tables.workspaces, keys);
}

export interface Contents {
  files: WorkspaceFileRow[];
  links: LinkRow[];
}

/** Files and links of a workspace, by name. */
export async function contentsOf(context: Context, workspaceId: number): Promise<Contents> {
  const scope = workspaceScope(workspaceId);
  const [files, links] = await Promise.all([
    Array.fromAsync(items<WorkspaceFileRow>(context, scope, prefixes.file)),
    Array.fromAsync(items<LinkRow>(context, scope, prefixes.link)),
  ]);
  return { files, links };
}
