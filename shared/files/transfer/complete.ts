import { dispatchNext } from '../../messages/dispatch.ts';
import { markAndRemove } from '../../messages/mark.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { withSubsegment } from '../../platform/trace.ts';
import { ownRow, type StoredFile, settledAtOnce, settleStored } from '../copy/complete-delivery.ts';
import { failDelivery } from '../copy/fail-delivery.ts';
import { makeVisible } from '../copy/make-visible.ts';
import type { FileRow } from '../file.ts';
import { completeResult } from '../outbox/complete-result.ts';
import { failResult } from '../outbox/fail-result.ts';
import { registerResult } from '../outbox/register.ts';
import { readFiles } from '../rows.ts';
import { completeReturn } from '../send/complete-return.ts';
import { failReturn } from '../send/fail-return.ts';
import type { Delivery, Next, Result, Return, Transfer } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { releaseLeases } from './release-leases.ts';
import { startTransfers } from './start.ts';

/**
 * Ends a transfer: makes copied files visible, records them, marks completed deliveries, and starts the transfers that waited
 * for a slot or for one of the files. A sent result is recorded, then removed from the outbox.
 */
export async function completeTransfer(context: TransferContext, transfer: Transfer): Promise<Next> {
  if (transfer.kind === 'delivery') {
    const settled = await completeDelivery(context, transfer);
    // Returns that wait for one of the files are due now.
    await Promise.all([startTransfers(context, transfer), markAndRemove(context, settled)]);
  } else if (transfer.kind === 'return') {
    const { messageId } = transfer;
    const end = () => endReturn(context, transfer);
    await Promise.all([
      startTransfers(context, transfer),
      withSubsegment(context, { name: 'Complete', messageId }, end),
    ]);
  } else {
    await endResult(context, transfer);
    // An object put in the result's place is due now.
    await startTransfers(context, transfer);
  }
  return { next: 'stop' };
}

async function endReturn(context: TransferContext, transfer: Return): Promise<void> {
  const { outcome } = transfer;
  if (outcome?.kind === 'failed') await failReturn(context, transfer, outcome);
  if (outcome?.kind !== 'sent') return;
  const record = await completeReturn(context, transfer);
  // A deletion may have waited for the return.
  if (record) await Promise.all([markAndRemove(context, [record]), dispatchNext(context, record)]);
}

async function endResult(context: TransferContext, transfer: Result): Promise<void> {
  const { outcome } = transfer;
  if (outcome?.kind === 'sent') await completeResult(context, transfer);
  else if (outcome?.kind === 'failed') await failResult(context, transfer, outcome);
  else if (outcome?.kind === 'changed') await registerResult(context, transfer.fileId, transfer);
  await releaseLeases(context, [transfer]);
}

async function completeDelivery(context: TransferContext, delivery: Delivery): Promise<MessageRecord[]> {
  const rows = await readFiles(
    context,
    delivery.files.map((file) => file.fileId),
  );
  const stored: (StoredFile & { messageId: string })[] = [];
  const stopped = delivery.files.filter((file) => !ownRow(rows, file));
  await forEachConcurrently(delivery.files, 8, async (file) => {
    const row = ownRow(rows, file);
    if (!row) return;
    const { outcome, leaseUntil } = await makeVisible(context, row, file);
    if (outcome.kind === 'copied') stored.push({ ...file, size: outcome.size, messageId: row.messageId });
    else if (outcome.kind === 'failed') await failDelivery(context, row, outcome);
    if (outcome.kind !== 'copied') stopped.push({ ...file, leaseUntil });
  });
  const records: MessageRecord[] = [];
  await forEachConcurrently(
    Map.groupBy(stored, (file) => file.messageId),
    8,
    async ([messageId, files]) => {
      const record = await withSubsegment(context, { name: 'Complete', messageId }, () =>
        settleAll(context, messageId, files, rows, (file) => stopped.push(file)),
      );
      if (record) records.push(record);
    },
  );
  // Files that failed or are being deleted: no request about them is in flight any more.
  await releaseLeases(context, stopped);
  return records;
}

async function settleAll(
  context: TransferContext,
  messageId: string,
  files: readonly StoredFile[],
  rows: ReadonlyMap<string, FileRow>,
  lost: (file: StoredFile) => void,
) {
  let record: MessageRecord | undefined;
  for (let from = 0; from < files.length; from += settledAtOnce) {
    record = await settleStored(context, messageId, files.slice(from, from + settledAtOnce), lost, rows);
  }
  return record;
}
