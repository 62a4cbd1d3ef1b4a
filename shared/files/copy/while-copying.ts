import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Database, updateExpression } from '../../platform/dynamodb.ts';
import { updateItem } from '../../platform/transaction.ts';
import { claimValues, isClaimed } from '../rows.ts';
import type { DeliveryFile } from '../transfer.ts';

/** Lets the deletion of a file continue after S3 has completed or refused its upload: no request to S3 is in flight any more. */
export async function endCompletion(
  { db }: { db: Database },
  table: string,
  { fileId, ...claim }: DeliveryFile,
): Promise<void> {
  const Update = {
    TableName: table,
    Key: { fileId },
    UpdateExpression: 'REMOVE leaseUntil, completesUntil',
    ConditionExpression: `#state = :deleting AND ${isClaimed}`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':deleting': 'deleting', ...claimValues(claim) },
  };
  await updateItem(db, Update);
}

/** An update of a file that is refused unless the transfer of this attempt still has the file. */
export function updateWhileCopying(
  table: string,
  { fileId, ...claim }: DeliveryFile,
  changes: Record<string, unknown>,
): UpdateCommand {
  const update = updateExpression(changes, { ':copying': 'copying', ...claimValues(claim) });
  return new UpdateCommand({
    TableName: table,
    Key: { fileId },
    ...update,
    ConditionExpression: `#state = :copying AND ${isClaimed}`,
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#state': 'state' },
  });
}
