import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { WorkspacesContext } from './context.ts';
import { type CounterName, counterKey } from './keys.ts';

/** Takes the next integer id, from 1. An id that is taken and not used is left out. */
export async function nextId(
  { db, tables }: Pick<WorkspacesContext, 'db' | 'tables'>,
  counter: CounterName,
): Promise<number> {
  const { Attributes } = await db.send(
    new UpdateCommand({
      TableName: tables.workspaces,
      Key: counterKey(counter),
      UpdateExpression: 'ADD #value :one',
      ExpressionAttributeNames: { '#value': 'value' },
      ExpressionAttributeValues: { ':one': 1 },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Number(Attributes?.value);
}
