import { awaken } from '../messages/awaken.ts';
import { transact } from '../platform/transaction.ts';
import type { FileRow } from './file.ts';
import { type ResultRow, readRows } from './result.ts';
import type { DeliveryFile } from './transfer.ts';
import type { Transfers } from './transfers.ts';

/**
 * Gives back the leases of files that are being deleted, and has their deletions go on: nothing of this transfer is on its way
 * to S3, or to the portal, any more. A lease that this transfer does not know is another one's of the same attempt, and is waited out.
 *
 * @param files of one transfer, which has ended
 */
export async function giveLeasesBack(transfers: Transfers, files: readonly DeliveryFile[]): Promise<void> {
  const { bridge, tables } = transfers;
  const known = new Map(files.flatMap((file) => (file.leaseUntil === undefined ? [] : [[file.fileId, file] as const])));
  if (known.size === 0) return;
  const rows = await readRows(bridge, tables.files, known.keys());
  const deletions = new Set<string>();
  for (const row of rows.values()) {
    const file = known.get(row.fileId);
    if (row.state !== 'deleting' || row.attempt !== file?.attempt) continue;
    const isOurs = row.leaseUntil === file.leaseUntil;
    const isGivenBack = row.leaseUntil === undefined || (isOurs && (await giveBack(transfers, row)));
    if (isGivenBack && row.deletedBy !== undefined) deletions.add(row.deletedBy);
  }
  for (const messageId of deletions) await awaken(bridge, messageId);
}

async function giveBack(
  { bridge, tables }: Transfers,
  { fileId, attempt, leaseUntil }: FileRow | ResultRow,
): Promise<boolean> {
  const outcome = await transact(bridge.db, bridge.clock, [
    {
      Update: {
        TableName: tables.files,
        Key: { fileId },
        UpdateExpression: 'REMOVE leaseUntil',
        ConditionExpression: '#state = :deleting AND attempt = :attempt AND leaseUntil = :leaseUntil',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':deleting': 'deleting', ':attempt': attempt, ':leaseUntil': leaseUntil },
      },
    },
  ]);
  return outcome === 'committed';
}
