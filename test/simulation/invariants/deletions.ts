import type { FileRow } from '../../../shared/files/file.ts';
import type { MessageRecord } from '../../../shared/messages/record.ts';
import type { UserRow } from '../../../shared/users/user.ts';
import type { Item } from '../expressions.ts';
import type { World } from '../world.ts';
import { type HistoryItem, rowOf, rows } from './rows.ts';

/** Invariant 9: after DeleteProject nothing of the project's data is left but history. */
export function* leftOfDeletedProjects(world: World) {
  const existing = new Set(rows<{ projectNo: string }>(world, 'projects').map(({ projectNo }) => projectNo));
  const messages = rows<MessageRecord>(world, 'messages');
  const deletions = rows<HistoryItem & { projectNo: string }>(world, 'history').filter(
    ({ subject, event }) => subject.startsWith('project#') && event === 'deleted',
  );
  for (const { projectNo, messageId } of deletions) {
    const deletion = messages.find((record) => record.messageId === messageId);
    const older = messages.filter(({ line, position }) => line === deletion?.line && position <= deletion.position);
    for (const record of older)
      if (record.raw !== undefined || record.rawKey !== undefined)
        yield `${record.messageId} still tells about the deleted ${projectNo}`;
    if (existing.has(projectNo)) continue;
    for (const user of rows<UserRow>(world, 'users'))
      if (user.projectNo === projectNo) yield `${user.accessIdentifier} is left of the deleted ${projectNo}`;
    for (const member of rows<{ projectNo: string; member: string }>(world, 'members')) {
      if (member.projectNo === projectNo && !member.member.startsWith('message#'))
        yield `${member.member} is left of the deleted ${projectNo}`;
    }
  }
}

/** The row of a user or file and its membership come and go together. */
export function* strayMembers(world: World) {
  const found = rows<{ projectNo: string; member: string }>(world, 'members')
    .filter(({ member }) => !member.startsWith('message#'))
    .map(({ projectNo, member }) => `${member} of ${projectNo}`);
  const users = rows<UserRow>(world, 'users').map(
    ({ projectNo, accessIdentifier }) => `user#${accessIdentifier} of ${projectNo}`,
  );
  const files = rows<FileRow>(world, 'files').map(({ projectNo, fileId }) => `file#${fileId} of ${projectNo}`);
  const wanted = [...users, ...files];
  for (const member of new Set(found).symmetricDifference(new Set(wanted)))
    yield `${member}: row and membership differ`;
}

/** The row of a file stays until nobody writes its object any more: only leases keep a deletion from passing a copy. */
export function violationOfRowRemoval(
  { isSkewed, scheduler }: World,
  after: Item | undefined,
  before: Item | undefined,
): string | undefined {
  const row = rowOf<FileRow>(before);
  if (after || row?.state !== 'deleting' || isSkewed) return undefined;
  const until = Math.max(row.leaseUntil ?? 0, row.completesUntil ?? 0);
  return until > scheduler.now ? `${row.fileId} is deleted while somebody may write it` : undefined;
}

/** A file that DST deleted after its delivery is gone, whatever was held and retried in between. */
export function* filesThatCameBack(world: World) {
  const messages = new Map(rows<MessageRecord>(world, 'messages').map((record) => [record.messageId, record]));
  for (const { messageId, content } of world.taken) {
    if (content?.type !== 'DeleteDataFile' || world.superseded.has(messageId) || world.dismissed.has(messageId))
      continue;
    const deletion = messages.get(messageId);
    const file = rows<FileRow>(world, 'files').find(({ fileId }) => fileId === content.data.fileId);
    const delivery = messages.get(file?.messageId ?? '');
    if (!deletion || !file || !delivery || file.state === 'deleting') continue;
    if (deletion.settledAt !== undefined && deletion.position > delivery.position)
      yield `${file.fileId} is there again, though ${messageId} deleted it after ${delivery.messageId} had brought it`;
  }
}
