import { historyWrites } from '../../history/history.ts';
import { fileSubject } from '../../messages/subject.ts';
import { transferKey } from '../../messages/transfers-line.ts';
import { deleteIfMatch } from '../../platform/s3.ts';
import { transact, tryAgain, untilCommitted } from '../../platform/transaction.ts';
import type { FilesContext } from '../context.ts';
import { changeResult } from '../result.ts';
import { ownResult, readRows } from '../rows.ts';
import type { Result } from '../transfer.ts';
import { registerResult } from './register.ts';

/**
 * Records that DST has received the result, and removes its object. An object put in its place meanwhile is registered. After a
 * crash in between, the sweep of the outbox removes the object.
 */
export async function completeResult(context: FilesContext, transfer: Result): Promise<void> {
  const { tables, bucket } = context;
  const { fileId, attempt } = transfer;
  return untilCommitted(`Result ${fileId}`, async () => {
    const row = ownResult((await readRows(context, [fileId])).get(fileId), transfer);
    if (!row) return;
    const { projectNo, size, etag } = row;
    const now = context.clock.now();
    const version = row.version + 1;
    const sent = { state: 'sent', sentAt: now, bytesDone: size, version } as const;
    const over = { leaseUntil: undefined, lastError: undefined, bytesTotal: undefined, bytesPerSecond: undefined };
    const outcome = await transact(context.db, context.clock, [
      changeResult(tables.files, row, { ...sent, ...over }),
      { Delete: { TableName: context.tables.lines, Key: transferKey(row.position) } },
      ...historyWrites(
        context.tables,
        [{ subject: fileSubject(fileId), sequence: version, event: 'sent', projectNo, details: { etag, size } }],
        { at: now },
      ),
    ]);
    if (outcome === 'refused') return tryAgain;
    context.log.info('sent', { fileId, attempt });
    if (!(await deleteIfMatch(bucket, fileId, etag))) await registerResult(context, fileId);
    return;
  });
}
