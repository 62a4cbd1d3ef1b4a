import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { type HistoryRow, historyWrites, newestEvent } from '../../history/history.ts';
import { fileSubject, projectSubject } from '../../messages/subject.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { decodeKey, deleteIfMatch, endUploads, listUploads } from '../../platform/s3.ts';
import { serverTimeOf } from '../../platform/server-time.ts';
import { transact } from '../../platform/transaction.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { FilesContext } from '../context.ts';
import { outboxPrefix } from '../object-key.ts';
import type { Put } from './put.ts';
import { noProject, refuse, removedAtCreation, resolveRefusal } from './refuse-result.ts';

/** The event of a project's deletion. Only for projects without a row. */
export const deletionOf = (context: FilesContext, projectNo: string): Promise<HistoryRow | undefined> =>
  newestEvent(context.db, context.tables.history, projectSubject(projectNo), 'deleted');

/** The removal of an object as recorded in the history, with the message that caused it. */
interface Removal {
  projectNo: string;
  messageId: string | undefined;
  reason: string;
}

/** The removal of an object put after its project's deletion. */
export const afterDeletion = ({ projectNo = '', messageId }: HistoryRow): Removal => ({
  projectNo,
  messageId,
  reason: 'it was put after the project was deleted',
});

/**
 * Removes an object from the outbox of a project that does not exist: nothing of a deleted project may remain, DST can no
 * longer accept the object, and a later project with the same number must not send it. The removal is recorded in the history
 * first.
 *
 * @returns whether the object is removed; false if the history or the object has changed meanwhile
 */
export async function removeLate(
  context: FilesContext,
  key: string,
  { etag, size, modifiedAt: putAt }: Put,
  { projectNo, messageId, reason }: Removal,
): Promise<boolean> {
  const { db, clock, tables, bucket } = context;
  const subject = fileSubject(key);
  const last = await newestEvent(db, tables.history, subject);
  const isTold = last?.event === 'deleted' && last.details?.etag === etag && last.details.putAt === putAt;
  if (!isTold) {
    const sequence = (last?.sequence ?? 0) + 1;
    const event = { subject, sequence, event: 'deleted', projectNo, details: { reason, etag, size, putAt } } as const;
    if ((await transact(db, clock, historyWrites(tables, [event], { messageId, at: clock.now() }))) === 'refused')
      return false;
    context.log.warn('result removed', { fileId: key, reason });
  }
  return deleteIfMatch(bucket, key, etag);
}

/** Objects removed concurrently. */
const concurrency = 8;

/**
 * Removes all objects from the outbox of a project before DST's message creates the project, and aborts the uploads begun
 * there: an upload completed later would be taken for one of the new project. Files that do not come from a deleted project
 * become an incident.
 *
 * @param mayGoOn called before each removal; false stops
 * @returns whether the outbox is empty, and since when by S3's clock, in milliseconds since 1970
 */
export async function emptyOutbox(
  context: FilesContext,
  { projectNo, messageId }: { projectNo: string; messageId: string },
  mayGoOn: () => Promise<boolean>,
): Promise<{ isEmpty: boolean; emptyAt?: number }> {
  const { s3, name: Bucket } = context.bucket;
  const Prefix = outboxPrefix(projectNo);
  for (;;) {
    const [uploads, list] = await Promise.all([
      listUploads(context.bucket, Prefix),
      s3.send(new ListObjectsV2Command({ Bucket, Prefix, EncodingType: 'url' })),
    ]);
    const { Contents = [] } = list;
    if (uploads.length === 0 && Contents.length === 0)
      return { isEmpty: true, ...omitUndefined({ emptyAt: serverTimeOf(list) }) };
    const deletion = await deletionOf(context, projectNo);
    if (!(await mayGoOn())) return { isEmpty: false };
    await endUploads(context.bucket, uploads);
    const reason = 'it was put before the project was created';
    const removal = deletion ? afterDeletion(deletion) : { projectNo, messageId, reason };
    const puts = Contents.map(({ Key, ETag: etag = '', LastModified, Size: size = 0 }) => ({
      ...{ key: decodeKey(Key), etag, size, modifiedAt: LastModified?.getTime() ?? 0 },
    }));
    // Before the removal, so that a crash in between does not lose the incident.
    if (!deletion && puts.length > 0) {
      await refuse(context, removedAtCreation(projectNo), puts, { onlyNew: false });
      await resolveRefusal(context, noProject(projectNo));
    }
    await forEachConcurrently(puts, concurrency, async ({ key, ...put }) => {
      await removeLate(context, key, put, removal);
    });
  }
}
