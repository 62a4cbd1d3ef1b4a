import { readMessage } from '../../messages/read.ts';
import { abortUploadsOf, type Bucket } from '../../platform/s3.ts';
import { ownRow } from '../copy/complete-delivery.ts';
import { ownResult, readFiles, readRows } from '../rows.ts';
import { isSentByTask } from '../send/by-task.ts';
import { holdForTask, type LeaseContext } from '../send/lease.ts';
import { releaseSlot } from '../slots.ts';
import type { Next, Outbound, Return, Transfer } from '../transfer.ts';

export interface PrepareContext extends LeaseContext {
  bucket: Bucket;
  /** Size in bytes above which a task sends a file to the portal. */
  taskAboveBytes: number;
}

/**
 * Begins a transfer: aborts uploads of earlier attempts that cannot be continued, and decides how a file is sent. A transfer
 * that has lost its return or result stops; files of a delivery that it has lost are left out by the copy.
 */
export async function prepareTransfer(preparing: PrepareContext, transfer: Transfer): Promise<Transfer & Next> {
  if (transfer.kind !== 'delivery') return prepareSending(preparing, transfer);
  const { bucket } = preparing;
  const again = transfer.files.filter(({ attempt }) => attempt > 1);
  const rows = await readFiles(
    preparing,
    again.map(({ fileId }) => fileId),
  );
  const ours = again.flatMap((file) => ownRow(rows, file) ?? []);
  await Promise.all(ours.map((row) => abortUploadsOf(bucket, row.objectKey, row.resume?.uploadId)));
  return { ...transfer, next: 'copy' };
}

async function prepareSending(preparing: PrepareContext, transfer: Outbound): Promise<Transfer & Next> {
  const { taskAboveBytes } = preparing;
  const { fileId } = transfer;
  const [row, own] = await Promise.all([
    readRows(preparing, [fileId]).then((rows) => rows.get(fileId)),
    transfer.kind === 'result' || isOwnReturn(preparing, transfer),
  ]);
  if (!own || (transfer.kind === 'result' && !ownResult(row, transfer))) return stop(preparing, transfer);
  const next = row && isSentByTask(row, taskAboveBytes) ? 'task' : 'send';
  if (next === 'task' && !(await holdForTask(preparing, transfer))) return stop(preparing, transfer);
  return { ...transfer, next };
}

async function isOwnReturn(preparing: PrepareContext, { messageId, attempt }: Return): Promise<boolean> {
  const record = await readMessage(preparing, messageId);
  return record?.state === 'working' && record.transfers === attempt;
}

async function stop({ db, clock, tables }: PrepareContext, transfer: Transfer): Promise<Transfer & Next> {
  await releaseSlot({ db, clock, table: tables.control }, transfer.slot, transfer.holder);
  return { ...transfer, next: 'stop' };
}
