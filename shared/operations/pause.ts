import { type Database, getItem } from '../platform/dynamodb.ts';

/** Whether an operator stopped polling and new work; what is running finishes. */
export async function isPaused(db: Database, controlTable: string): Promise<boolean> {
  return (await getItem(db, controlTable, { name: 'pause' })) !== undefined;
}
