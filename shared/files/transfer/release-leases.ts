import { awaken } from '../../messages/awaken.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { updateItem } from '../../platform/transaction.ts';
import type { FileRow } from '../file.ts';
import type { ResultRow } from '../result.ts';
import { claimValues, isClaimed, isClaimedBy, readRows } from '../rows.ts';
import type { DeliveryFile } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';

/**
 * Releases the leases of files that are being deleted, and continues their deletions. Also releases the leases of failed files,
 * for a later deletion: this transfer has no request to S3 or the portal in flight any more. A lease that this transfer did not
 * write belongs to another run of the same attempt, and has to expire.
 *
 * @param files of a transfer that has ended
 */
export async function releaseLeases(context: TransferContext, files: readonly DeliveryFile[]): Promise<void> {
  const known = files.filter((file) => file.leaseUntil !== undefined);
  if (known.length === 0) return;
  const deletions = new Set<string>();
  await forEachConcurrently(known, 8, async (file) => {
    const deletedBy = await giveBack(context, file);
    if (deletedBy !== undefined) deletions.add(deletedBy);
  });
  for (const messageId of deletions) await awaken(context, messageId);
}

/** Attempts if the row changes concurrently. */
const tries = 3;

/** @returns the message that deletes the file and may continue now */
async function giveBack(context: TransferContext, file: DeliveryFile): Promise<string | undefined> {
  for (let tried = 0; tried < tries; tried++) {
    const row = (await readRows(context, [file.fileId])).get(file.fileId);
    if (!row || !isClaimedBy(row, file) || isUnderWay(row)) return undefined;
    if (row.leaseUntil === undefined) return row.deletedBy;
    if (row.leaseUntil !== file.leaseUntil) return undefined;
    const Update = {
      TableName: context.tables.files,
      Key: { fileId: row.fileId },
      UpdateExpression: 'REMOVE leaseUntil',
      ConditionExpression: `#state = :read AND ${isClaimed} AND leaseUntil = :leaseUntil`,
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':read': row.state, ...claimValues(row), ':leaseUntil': row.leaseUntil },
    };
    if ((await updateItem(context.db, Update)) === 'committed') return row.deletedBy;
  }
  return undefined;
}

/** Whether the lease prevents another transfer. */
const isUnderWay = ({ state }: FileRow | ResultRow): boolean => state === 'copying' || state === 'sending';
