import { ownRow } from '../copy/complete-delivery.ts';
import { failDelivery } from '../copy/fail-delivery.ts';
import { failResult } from '../outbox/fail-result.ts';
import { readFiles } from '../rows.ts';
import { failReturn } from '../send/fail-return.ts';
import type { Next, Transfer } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { startTransfers } from './start.ts';

/** Ends a transfer after a step failed as a whole: everything that still belongs to the transfer is retried later or given up. */
export async function failTransfer(context: TransferContext, transfer: Transfer, error: string): Promise<Next> {
  const failure = { error, retryable: true };
  if (transfer.kind === 'return') {
    await failReturn(context, transfer, failure);
  } else if (transfer.kind === 'result') {
    await failResult(context, transfer, failure);
  } else {
    const rows = await readFiles(
      context,
      transfer.files.map((file) => file.fileId),
    );
    for (const file of transfer.files) {
      const row = ownRow(rows, file);
      if (row) await failDelivery(context, row, failure);
    }
  }
  await startTransfers(context, transfer);
  return { next: 'stop' };
}
