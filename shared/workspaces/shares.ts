import { getItem, updateExpression } from '../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../platform/transaction.ts';
import { accessCheck, checkAccess, ownerWrites } from './access-checks.ts';
import type { RemovalContext, WorkspacesContext } from './context.ts';
import { creationWrites, newRow } from './create-workspace.ts';
import { NotAllowedError, NotReadyError } from './errors.ts';
import { items, readJob, readWorkspace } from './find.ts';
import { nextId } from './ids.ts';
import { ownerKey, prefixes, receivedKey, sentKey, userScope, workspaceKey, workspaceScope } from './keys.ts';
import { projectWrites } from './project-items.ts';
import { deletionWrites } from './remove-workspace.ts';
import type { JobRow, ShareRow, WorkspaceRow } from './rows.ts';
import { maySee, type User, type WorkspaceViewer } from './users.ts';
import { workWrite } from './work.ts';

/**
 * Shares a workspace: creates the receiver's copy, which is laid by work that follows, and counts the share as open.
 *
 * @throws NotReadyError when the workspace is not idle
 * @throws NotAllowedError when the project, or one of the two accesses, has gone
 */
export async function shareWorkspace(
  context: WorkspacesContext,
  sender: WorkspaceViewer,
  originalId: number,
  receiver: User,
): Promise<ShareRow> {
  const { db, clock, tables } = context;
  const { userId: receiverId } = receiver;
  const copyId = await nextId(context, 'workspace');
  const newest = await newestJob(context, sender.userId, originalId);
  return untilCommitted(`Workspace ${originalId}`, async (tried) => {
    const original = await readWorkspace(context, { userId: sender.userId, workspaceId: originalId });
    if (original?.state !== 'idle') throw new NotReadyError(originalId);
    if (tried > 0) await checkAccess(context, sender, original.projectNo);
    // The workspace may have become one of a project since its receivers were chosen.
    await checkReceiver(context, receiver, original.projectNo);
    const { name, description, defaultJobType, projectNo } = original;
    const shared = { from: sender.userId, original: originalId, accepted: false };
    const copy = newRow(
      { userId: receiverId, workspaceId: copyId },
      { name, description, defaultJobType, projectNo, shared },
      clock.now(),
    );
    const share = {
      originalId,
      copyId,
      senderId: sender.userId,
      receiverId,
      lastResourceOptions: newest?.resourceOptions ?? '{}',
      lastJobType: newest?.jobType ?? '',
      accepted: false,
      createdAt: clock.now(),
    };
    const received: ShareRow = { ...receivedKey(receiverId, copyId), ...share };
    const sent: ShareRow = { ...sentKey(sender.userId, copyId), ...share };
    const outcome = await transact(db, clock, [
      ...creationWrites(context, copy),
      { Put: { TableName: tables.workspaces, Item: received } },
      { Put: { TableName: tables.workspaces, Item: sent } },
      openShares(context, original, 1),
      ...(await projectWrites(context, projectNo, copy)),
      ...(receiverId === sender.userId ? [] : accessCheck(context, sender)),
      ...ownerWrites(context, receiver),
      workWrite(context, { kind: 'copy-workspace', userId: receiverId, id: copyId }),
    ]);
    return outcome === 'committed' ? received : tryAgain;
  });
}

/** @throws NotAllowedError when the receiver may not see the project any more */
async function checkReceiver(context: WorkspacesContext, receiver: User, projectNo: string | undefined) {
  if (projectNo === undefined || (await maySee(context, receiver, projectNo))) return;
  throw new NotAllowedError('The receiver may not see the project any more.');
}

/** Counts open shares of an original, as it was read. */
const openShares = ({ tables }: Pick<RemovalContext, 'tables'>, original: WorkspaceRow, difference: number): Write => ({
  Update: {
    TableName: tables.workspaces,
    Key: workspaceKey(original),
    ConditionExpression: 'version = :read',
    UpdateExpression: 'ADD openShares :difference, version :one',
    ExpressionAttributeValues: { ':read': original.version, ':difference': difference, ':one': 1 },
  },
});

async function newestJob(context: WorkspacesContext, userId: number, workspaceId: number): Promise<JobRow | undefined> {
  const pointers = items<{ jobId: number }>(context, workspaceScope(workspaceId), prefixes.job, {
    newestFirst: true,
    pageSize: 1,
  });
  for await (const { jobId } of pointers) {
    return readJob(context, { userId, jobId });
  }
  return undefined;
}

/** Finds a share by the id of the copy, for the receiver as for the sender. */
export async function findShare(
  { db, tables }: Pick<RemovalContext, 'db' | 'tables'>,
  copyId: number,
): Promise<ShareRow | undefined> {
  const owner = await getItem<{ userId: number }>(db, tables.workspaces, ownerKey(copyId));
  return owner && getItem<ShareRow>(db, tables.workspaces, receivedKey(owner.userId, copyId));
}

/**
 * Accepts a share: the copy becomes an ordinary workspace of the receiver. Repeated, it changes nothing.
 *
 * @returns false when it was withdrawn before
 */
export async function acceptShare(context: WorkspacesContext, { copyId, receiverId }: ShareRow): Promise<boolean> {
  const { db, clock, tables } = context;
  return untilCommitted(`Shared workspace ${copyId}`, async () => {
    const [share, copy] = await Promise.all([
      findShare(context, copyId),
      readWorkspace(context, { userId: receiverId, workspaceId: copyId }),
    ]);
    if (share?.accepted) return true;
    if (!share || !copy?.shared || copy.state === 'deleting') return false;
    const original = await readWorkspace(context, { userId: share.senderId, workspaceId: share.originalId });
    const outcome = await transact(db, clock, [
      ...[receivedKey(receiverId, copyId), sentKey(share.senderId, copyId)].map((Key) => ({
        Update: {
          TableName: tables.workspaces,
          Key,
          ConditionExpression: 'accepted = :false',
          ...updateExpression({ accepted: true }, { ':false': false }),
        },
      })),
      {
        Update: {
          TableName: tables.workspaces,
          Key: workspaceKey(copy),
          ConditionExpression: 'version = :read',
          ...updateExpression(
            { shared: { ...copy.shared, accepted: true }, createdAt: clock.now(), version: copy.version + 1 },
            { ':read': copy.version },
          ),
        },
      },
      ...(original ? [openShares(context, original, -1)] : []),
    ]);
    return outcome === 'committed' || tryAgain;
  });
}

/**
 * Begins the removal of a copy that nobody has accepted.
 *
 * @returns the owner of the copy, whose removal is work; undefined when it was accepted or removed meanwhile
 */
export async function withdrawShare(
  context: Pick<RemovalContext, 'db' | 'clock' | 'tables'>,
  { copyId }: ShareRow,
): Promise<{ userId: number; workspaceId: number } | undefined> {
  return untilCommitted(`Shared workspace ${copyId}`, async () => {
    const share = await findShare(context, copyId);
    if (!share) return undefined;
    const id = { userId: share.receiverId, workspaceId: copyId };
    const copy = await readWorkspace(context, id);
    // Read from the copy, because the transaction is conditional on the copy, and not on the share.
    if (!copy?.shared || copy.shared.accepted) return undefined;
    if (copy.state === 'deleting') return id;
    const original = await readWorkspace(context, { userId: share.senderId, workspaceId: share.originalId });
    const outcome = await transact(context.db, context.clock, [
      ...deletionWrites(context, copy),
      ...(original ? [openShares(context, original, -1)] : []),
    ]);
    return outcome === 'committed' ? id : tryAgain;
  });
}

/** Withdraws the shares that a user has sent or received and that nobody has accepted. */
export async function withdrawSharesOf(
  context: Pick<RemovalContext, 'db' | 'clock' | 'tables'>,
  userId: number,
): Promise<void> {
  for (const prefix of [prefixes.received, prefixes.sent]) {
    for await (const share of items<ShareRow>(context, userScope(userId), prefix)) {
      if (!share.accepted) await withdrawShare(context, share);
    }
  }
}
