import { fileSubject, projectSubject } from '../messages/lines.ts';
import { type HistoryRow, historyWrites, newestEvent } from '../operations/history.ts';
import { transact } from '../platform/transaction.ts';
import { deleteVersion } from './delete-version.ts';
import type { Outbox, Put } from './enrol.ts';

/** The event with which a project went that was there once; of one without a row only. */
export const deletionOf = ({ bridge }: Outbox, projectNo: string): Promise<HistoryRow | undefined> =>
  newestEvent(bridge.db, bridge.tables.history, projectSubject(projectNo), 'deleted');

/**
 * Removes what was put into the outbox of a project after its deletion: nothing of the project may be left, DST has no place
 * for it any more, and whatever project gets the number next must not be sent it. The history tells of it first.
 *
 * @returns whether it is gone; else the history went on, or another object is in its place
 */
export async function removeLate(
  { bridge, bucket }: Outbox,
  key: string,
  { etag, size, modifiedAt: putAt }: Put,
  { projectNo, messageId }: HistoryRow,
): Promise<boolean> {
  const { db, clock, tables } = bridge;
  const subject = fileSubject(key);
  const last = await newestEvent(db, tables.history, subject);
  const isTold = last?.event === 'deleted' && last.details?.etag === etag && last.details.putAt === putAt;
  if (!isTold) {
    const sequence = (last?.sequence ?? 0) + 1;
    const details = { reason: 'it was put after the project was deleted', etag, size, putAt };
    const event = { subject, sequence, event: 'deleted', projectNo, details } as const;
    if ((await transact(db, clock, historyWrites(tables, [event], { messageId, at: clock.now() }))) === 'refused')
      return false;
    bridge.log.warn('removed: put after the project was deleted', { fileId: key });
  }
  return deleteVersion(bucket, key, etag);
}
