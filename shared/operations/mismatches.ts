import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Database, getItem } from '../platform/dynamodb.ts';
import { updateItem } from '../platform/transaction.ts';

const name = 'mismatches';
const hourOf = (now: number) => Math.floor(now / 3_600_000);

/** Number of messages that did not fit the tables in the current hour. */
export async function mismatchesThisHour(db: Database, controlTable: string, now: number): Promise<number> {
  const counter = await getItem<{ hour: number; count: number }>(db, controlTable, { name });
  return counter?.hour === hourOf(now) ? counter.count : 0;
}

/** Increments the count. The number protects against floods, so a count lost in a crash does no harm. */
export async function countMismatch(db: Database, controlTable: string, now: number): Promise<void> {
  const outcome = await updateItem(db, {
    TableName: controlTable,
    Key: { name },
    ConditionExpression: '#hour = :hour',
    UpdateExpression: 'ADD #count :one',
    ExpressionAttributeNames: { '#hour': 'hour', '#count': 'count' },
    ExpressionAttributeValues: { ':hour': hourOf(now), ':one': 1 },
  });
  if (outcome === 'refused') {
    await db.send(new PutCommand({ TableName: controlTable, Item: { name, hour: hourOf(now), count: 1 } }));
  }
}
