import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { fileSubject, projectSubject } from '../messages/lines.ts';
import { type HistoryRow, historyWrites, newestEvent } from '../operations/history.ts';
import { forEachConcurrently } from '../platform/concurrency.ts';
import { transact } from '../platform/transaction.ts';
import { deleteVersion } from './delete-version.ts';
import type { Outbox, Put } from './enrol.ts';
import { outboxPrefix } from './file.ts';
import { decodeKey } from './purge.ts';

type Late = Pick<Outbox, 'bridge' | 'bucket'>;

/** The event with which a project went that was there once; of one without a row only. */
export const deletionOf = ({ bridge }: Late, projectNo: string): Promise<HistoryRow | undefined> =>
  newestEvent(bridge.db, bridge.tables.history, projectSubject(projectNo), 'deleted');

/**
 * Removes what was put into the outbox of a project after its deletion: nothing of the project may be left, DST has no place
 * for it any more, and whatever project gets the number next must not be sent it. The history tells of it first.
 *
 * @returns whether it is gone; else the history went on, or another object is in its place
 */
export async function removeLate(
  { bridge, bucket }: Late,
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

/** Objects removed at a time. */
const atOnce = 8;

/**
 * Removes all that waits in the outbox of a project that was deleted, before there is one of its number again: what is there was
 * put since the deletion, and nothing would tell it from what is put for the new one. Does nothing when there was none.
 *
 * @param mayGoOn asked before objects are removed; false ends it early
 * @returns whether nothing is left
 */
export async function emptyOutbox(late: Late, projectNo: string, mayGoOn: () => Promise<boolean>): Promise<boolean> {
  const deletion = await deletionOf(late, projectNo);
  if (!deletion) return true;
  const { s3, name: Bucket } = late.bucket;
  const Prefix = outboxPrefix(projectNo);
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, EncodingType: 'url' }));
    if (Contents.length === 0) return true;
    if (!(await mayGoOn())) return false;
    await forEachConcurrently(Contents, atOnce, async ({ Key, ETag: etag = '', LastModified, Size: size = 0 }) => {
      await removeLate(late, decodeKey(Key), { etag, size, modifiedAt: LastModified?.getTime() ?? 0 }, deletion);
    });
  }
}
