import { describeError, TransientError } from '../platform/errors.ts';
import { transact, updateItem, type Write } from '../platform/transaction.ts';
import { checkAccess, ownerWrites } from './access-checks.ts';
import type { WorkspacesContext } from './context.ts';
import { NotAllowedError, NotReadyError } from './errors.ts';
import { putFiles } from './files.ts';
import { readWorkspace } from './find.ts';
import { nextId } from './ids.ts';
import { ownerKey, workspaceKey } from './keys.ts';
import { putLinks, type ResolvedLink } from './links.ts';
import { projectWrites } from './project-items.ts';
import { removeWorkspace } from './remove-workspace.ts';
import type { WorkspaceRow } from './rows.ts';
import type { WorkspaceViewer } from './users.ts';
import { workDone, workWrite } from './work.ts';

export interface NewWorkspace extends Pick<WorkspaceRow, 'name' | 'description' | 'defaultJobType'> {
  projectNo: string | undefined;
  links: readonly ResolvedLink[];
  files: readonly { name: string; bytes: Buffer }[];
}

/** Removes a workspace whose creation has failed. @returns whether nothing is left */
export async function abandonCreation(
  context: WorkspacesContext,
  id: { userId: number; workspaceId: number },
): Promise<boolean> {
  await updateItem(context.db, stateUpdate(context, id, 'deleting'));
  return removeWorkspace(context, id);
}

/** Milliseconds after which the sweep removes a workspace whose creation has not ended. */
const longestCreation = 15 * 60_000;

/**
 * Creates a workspace with files and links. Until they are all there it is `initializing`, and nothing of it stays when that
 * fails.
 *
 * @throws LimitExceededError when a limit of disk space is exceeded
 * @throws NotAllowedError when the access or the project has gone meanwhile
 */
export async function createWorkspace(
  context: WorkspacesContext,
  viewer: WorkspaceViewer,
  wanted: NewWorkspace,
): Promise<WorkspaceRow> {
  const { db, clock } = context;
  const { files, links, ...fields } = wanted;
  // The access was disabled when it was read. Enabled meanwhile, it would get a workspace that no end of its project finds.
  if (viewer.account.accessIdentifier !== undefined && fields.projectNo === undefined) {
    throw new NotAllowedError('The access to the project is disabled.');
  }
  const id = { userId: viewer.userId, workspaceId: await nextId(context, 'workspace') };
  const row = newRow(id, fields, clock.now());
  const work = { kind: 'remove-workspace', userId: id.userId, id: id.workspaceId } as const;
  const outcome = await transact(db, clock, [
    ...creationWrites(context, row),
    ...(await projectWrites(context, row.projectNo, id)),
    ...ownerWrites(context, viewer),
    workWrite(context, work, longestCreation),
  ]);
  if (outcome === 'refused') {
    await checkAccess(context, viewer, row.projectNo);
    throw new TransientError('The access changed meanwhile');
  }
  try {
    if (files.length > 0) {
      await putFiles(
        context,
        id,
        files.map((file, requested) => ({ ...file, requested })),
      );
    }
    await putLinks(context, id.workspaceId, links, 0);
  } catch (error) {
    await abandonCreation(context, id).catch((problem: unknown) => {
      context.log.warn('work is left to the sweep', { ...work, error: describeError(problem) });
    });
    throw error;
  }
  const writes: Write[] = [
    { Update: stateUpdate(context, id, 'idle') },
    { Delete: workDone(context, { kind: work.kind, id: work.id }) },
  ];
  if ((await transact(db, clock, writes)) === 'refused') throw new NotReadyError(id.workspaceId);
  return (await readWorkspace(context, id)) ?? row;
}

export function newRow(
  id: { userId: number; workspaceId: number },
  fields: Pick<WorkspaceRow, 'name' | 'description' | 'defaultJobType' | 'projectNo' | 'shared'>,
  createdAt: number,
): WorkspaceRow {
  return {
    ...workspaceKey(id),
    ...id,
    ...fields,
    state: 'initializing',
    activeJobs: 0,
    openShares: 0,
    diskSpace: 0,
    createdAt,
    version: 1,
  };
}

/** The writes that create a workspace that is `initializing`, beside those at its project. */
export function creationWrites({ tables }: Pick<WorkspacesContext, 'tables'>, row: WorkspaceRow): Write[] {
  const { userId, workspaceId } = row;
  return [row, { ...ownerKey(workspaceId), userId, workspaceId }].map((Item) => ({
    Put: { TableName: tables.workspaces, Item },
  }));
}

/** A change of the state of a workspace that is `initializing`. */
export const stateUpdate = (
  { tables }: Pick<WorkspacesContext, 'tables'>,
  id: { userId: number; workspaceId: number },
  state: WorkspaceRow['state'],
) => ({
  TableName: tables.workspaces,
  Key: workspaceKey(id),
  ConditionExpression: '#state = :initializing',
  UpdateExpression: 'SET #state = :state REMOVE modifiedAt ADD version :one',
  ExpressionAttributeNames: { '#state': 'state' },
  ExpressionAttributeValues: { ':initializing': 'initializing', ':state': state, ':one': 1 },
});
