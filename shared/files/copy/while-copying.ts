import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Database, updateExpression } from '../../platform/dynamodb.ts';
import { updateItem } from '../../platform/transaction.ts';
import type { DeliveryFile } from '../transfer.ts';

/** Lets the deletion of a file continue after S3 has completed or refused its upload: no request to S3 is in flight any more. */
export async function endCompletion(
  { db }: { db: Database },
  table: string,
  { fileId, attempt }: DeliveryFile,
): Promise<void> {
  const Update = {
    TableName: table,
    Key: { fileId },
    UpdateExpression: 'REMOVE leaseUntil, completesUntil',
    ConditionExpression: '#state = :deleting AND attempt = :attempt',
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: { ':deleting': 'deleting', ':attempt': attempt },
  };
  await updateItem(db, Update);
}

/** An update of a file that is refused unless the transfer of this attempt still has the file. */
export function updateWhileCopying(
  table: string,
  { fileId, attempt }: DeliveryFile,
  changes: Record<string, unknown>,
): UpdateCommand {
  const update = updateExpression(changes, { ':copying': 'copying', ':attempt': attempt });
  return new UpdateCommand({
    TableName: table,
    Key: { fileId },
    ...update,
    ConditionExpression: '#state = :copying AND attempt = :attempt',
    ExpressionAttributeNames: { ...update.ExpressionAttributeNames, '#state': 'state' },
  });
}
