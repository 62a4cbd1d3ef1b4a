import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';

const lineSchema = z.object({ messageId: z.string().optional(), fileId: z.string().optional() });
const controlSchema = z.object({ name: z.string() });

/**
 * Ends the leases of a run that was killed. On one machine nothing of it can be alive, so nobody has to wait them out.
 * @param tables real names by `messages`, `lines`, `files` and `control`; what isn't there is left out
 */
export async function endLeases(client: DynamoDBClient, tables: Record<string, string>): Promise<void> {
  const documents = DynamoDBDocumentClient.from(client);
  const { messages, lines, files, control } = tables;

  async function* scan<Item>(TableName: string | undefined, schema: z.ZodType<Item>): AsyncGenerator<Item> {
    if (!TableName) return;
    for await (const { Items = [] } of paginateScan({ client: documents }, { TableName, ConsistentRead: true })) {
      for (const item of Items) yield schema.parse(item);
    }
  }
  async function end(TableName: string | undefined, Key: Record<string, string>): Promise<void> {
    if (!TableName) return;
    try {
      await documents.send(
        new UpdateCommand({
          TableName,
          Key,
          UpdateExpression: 'SET leaseUntil = :ended',
          ConditionExpression: 'leaseUntil > :ended',
          ExpressionAttributeValues: { ':ended': 0 },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error; // No lease: nothing to end.
    }
  }

  for await (const { messageId, fileId } of scan(lines, lineSchema)) {
    if (messageId) await end(messages, { messageId });
    if (fileId) await end(files, { fileId });
  }
  for await (const { name } of scan(control, controlSchema)) await end(control, { name });
}
