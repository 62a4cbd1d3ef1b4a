import { awaken } from '../../messages/awaken.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { updateItem } from '../../platform/transaction.ts';
import type { FileRow } from '../file.ts';
import type { ResultRow } from '../result.ts';
import { readRows } from '../rows.ts';
import type { DeliveryFile } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';

/**
 * Gives back the leases of files that are being deleted, and has their deletions go on; also those of files that failed, for a
 * later deletion: nothing of this transfer is on its way to S3, or to the portal, any more. A lease that this transfer does not
 * know is another one's of the same attempt, and is waited out.
 *
 * @param files of one transfer, which has ended
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

/** How often a file is looked at whose row others change meanwhile. */
const tries = 3;

/** @returns the message that deletes the file, and may go on now */
async function giveBack(context: TransferContext, file: DeliveryFile): Promise<string | undefined> {
  for (let tried = 0; tried < tries; tried++) {
    const row = (await readRows(context, [file.fileId])).get(file.fileId);
    if (!row || row.attempt !== file.attempt || isUnderWay(row)) return undefined;
    if (row.leaseUntil === undefined) return row.deletedBy;
    if (row.leaseUntil !== file.leaseUntil) return undefined;
    const Update = {
      TableName: context.tables.files,
      Key: { fileId: row.fileId },
      UpdateExpression: 'REMOVE leaseUntil',
      ConditionExpression: '#state = :read AND attempt = :attempt AND leaseUntil = :leaseUntil',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':read': row.state, ':attempt': row.attempt, ':leaseUntil': row.leaseUntil },
    };
    if ((await updateItem(context.db, Update)) === 'committed') return row.deletedBy;
  }
  return undefined;
}

/** Whether the lease keeps others from beginning a transfer. */
const isUnderWay = ({ state }: FileRow | ResultRow): boolean => state === 'copying' || state === 'sending';
