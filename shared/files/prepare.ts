import { readMessage } from '../messages/dispatch.ts';
import type { Database } from '../platform/dynamodb.ts';
import type { Clock } from '../platform/time.ts';
import { readFiles } from './file.ts';
import { abortUploadsOf, type Bucket } from './purge.ts';
import { ownResult, readRows } from './result.ts';
import { ownRow } from './settle.ts';
import { releaseSlot } from './slots.ts';
import type { Next, Transfer } from './transfer.ts';

export interface Preparing {
  db: Database;
  clock: Clock;
  tables: { messages: string; files: string; control: string };
  bucket: Bucket;
}

/**
 * Begins a transfer: leaves out what is not its own any more, and ends the uploads that earlier attempts left behind and that
 * can't be continued.
 * With nothing left, the transfer stops.
 */
export async function prepareTransfer(preparing: Preparing, transfer: Transfer): Promise<Transfer & Next> {
  const { tables, bucket } = preparing;
  if (transfer.kind === 'return') {
    const record = await readMessage(preparing, transfer.messageId);
    if (record?.state === 'working' && record.attempts === transfer.attempt) return { ...transfer, next: 'send' };
    return stop(preparing, transfer);
  }
  if (transfer.kind === 'result') {
    const { fileId } = transfer;
    const row = (await readRows(preparing, tables.files, [fileId])).get(fileId);
    return ownResult(row, transfer) ? { ...transfer, next: 'send' } : stop(preparing, transfer);
  }
  const fileIds = transfer.files.map((file) => file.fileId);
  const rows = await readFiles(preparing, tables.files, fileIds);
  const ours = transfer.files.flatMap((file) => {
    const row = ownRow(rows, file);
    return row ? [{ file, row }] : [];
  });
  const again = ours.filter(({ file }) => file.attempt > 1);
  await Promise.all(again.map(({ row }) => abortUploadsOf(bucket, row.objectKey, row.resume?.uploadId)));
  if (ours.length === 0) return stop(preparing, transfer);
  return { ...transfer, files: ours.map(({ file }) => file), next: 'copy' };
}

async function stop({ db, clock, tables }: Preparing, transfer: Transfer): Promise<Transfer & Next> {
  await releaseSlot({ db, clock, table: tables.control }, transfer.slot, transfer.holder);
  return { ...transfer, next: 'stop' };
}
