import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Database } from '../platform/dynamodb.ts';

/** Whether an operator stopped polling and new work; what is running finishes. */
export async function isPaused(db: Database, controlTable: string): Promise<boolean> {
  const answer = await db.send(
    new GetCommand({ TableName: controlTable, Key: { name: 'pause' }, ConsistentRead: true }),
  );
  return answer.Item !== undefined;
}
