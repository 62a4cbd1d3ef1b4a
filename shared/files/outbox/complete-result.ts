import { historyWrites } from '../../history/history.ts';
import { fileSubject } from '../../messages/subject.ts';
import { TransientError } from '../../platform/errors.ts';
import { deleteVersion } from '../../platform/s3.ts';
import { transact } from '../../platform/transaction.ts';
import { changeResult, ownResult, readRows } from '../result.ts';
import { type Result, transferKey } from '../transfer/transfer.ts';
import { enrolResult, type Outbox } from './register.ts';

const tries = 20;

/**
 * Records that DST has the result, and removes its object; one that was put in its place meanwhile is taken up. A crash in
 * between leaves an object that is recorded as sent, which the sweep of the outbox removes.
 */
export async function completeResult(outbox: Outbox, transfer: Result): Promise<void> {
  const { bridge, tables, bucket } = outbox;
  const { fileId, attempt } = transfer;
  for (let tried = 0; tried < tries; tried++) {
    const row = ownResult((await readRows(bridge, tables.files, [fileId])).get(fileId), transfer);
    if (!row) return;
    const { projectNo, size, etag } = row;
    const now = bridge.clock.now();
    const version = row.version + 1;
    const sent = { state: 'sent', sentAt: now, bytesDone: size, version } as const;
    const over = { leaseUntil: undefined, lastError: undefined, bytesTotal: undefined, bytesPerSecond: undefined };
    const outcome = await transact(bridge.db, bridge.clock, [
      changeResult(tables.files, row, { ...sent, ...over }),
      { Delete: { TableName: bridge.tables.lines, Key: transferKey(row.position) } },
      ...historyWrites(
        bridge.tables,
        [{ subject: fileSubject(fileId), sequence: version, event: 'sent', projectNo, details: { etag, size } }],
        { at: now },
      ),
    ]);
    if (outcome === 'refused') continue;
    bridge.log.info('sent', { fileId, attempt });
    if (!(await deleteVersion(bucket, fileId, etag))) await enrolResult(outbox, fileId);
    return;
  }
  throw new TransientError(`Result ${fileId}: others kept changing it`);
}
