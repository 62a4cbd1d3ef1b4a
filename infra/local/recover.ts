import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { batchGet, query, scan, updateExpression } from '../../shared/platform/dynamodb.ts';
import { systemClock } from '../../shared/platform/time.ts';

const leased = { leaseUntil: z.number().default(0) };
const entrySchema = z.object({ messageId: z.string().optional(), fileId: z.string().optional() });
const messageSchema = z.object({
  messageId: z.string(),
  state: z.string(),
  attempts: z.number().default(0),
  ...leased,
});
const fileSchema = z.object({ fileId: z.string(), state: z.string(), failures: z.number().default(0), ...leased });
const controlSchema = z.object({ name: z.string(), ...leased });

/** States in which a message may be in a queue. Queues are lost at the end of a run. */
const queued = ['open', 'applying', 'applied'];

/** States in which a file is being transferred. */
const moving = ['copying', 'sending'];

/**
 * Ends the leases of a killed run at once: on one machine, nothing of that run can still be alive. Its interrupted attempts are
 * not counted, because they are no fault of the messages and files.
 *
 * @param tables real names of `messages`, `lines`, `files`, `control` and `workspaces`; missing tables are left out
 */
export async function recover(client: DynamoDBClient, tables: Record<string, string>): Promise<void> {
  const db = DynamoDBDocumentClient.from(client);
  const { messages, lines, files, control, workspaces } = tables;
  const change = (TableName: string, Key: Record<string, string>, changes: Record<string, number>) =>
    db.send(new UpdateCommand({ TableName, Key, ...updateExpression({ ...changes, leaseUntil: 0 }) }));

  async function all<Item>(table: string | undefined, schema: z.ZodType<Item>): Promise<Item[]> {
    return table ? z.array(schema).parse(await Array.fromAsync(scan(db, table))) : [];
  }
  const entries = await all(lines, entrySchema);
  async function inLine<Shape extends z.ZodRawShape>(
    table: string,
    key: 'messageId' | 'fileId',
    schema: z.ZodObject<Shape>,
  ) {
    const ids = new Set(entries.flatMap((entry) => entry[key] ?? []));
    const keys = [...ids].map((id) => ({ [key]: id }));
    return z.array(schema).parse(await batchGet(db, systemClock, table, keys, Object.keys(schema.shape)));
  }

  if (messages) {
    for (const { messageId, state, attempts, leaseUntil } of await inLine(messages, 'messageId', messageSchema)) {
      const brokenOff = leaseUntil > 0 || (queued.includes(state) && attempts > 0);
      if (brokenOff) await change(messages, { messageId }, { attempts: Math.max(0, attempts - 1) });
    }
  }
  if (files) {
    for (const { fileId, state, failures, leaseUntil } of await inLine(files, 'fileId', fileSchema)) {
      const brokenOff = moving.includes(state) ? { failures: Math.max(0, failures - 1) } : {};
      if (leaseUntil > 0) await change(files, { fileId }, brokenOff);
    }
  }
  if (control) {
    for (const { name, leaseUntil } of await all(control, controlSchema)) {
      if (leaseUntil > 0) await change(control, { name }, {});
    }
  }
  if (workspaces) {
    // Executions of jobs are lost with the run. The sweep of workspaces, which runs at once, starts others.
    const rows = query<Record<'scope' | 'item', string>>(db, {
      TableName: workspaces,
      KeyConditionExpression: '#scope = :work AND begins_with(#item, :kind)',
      ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
      ExpressionAttributeValues: { ':work': 'work', ':kind': 'start-job#' },
    });
    for await (const { scope, item } of rows) {
      await db.send(new UpdateCommand({ TableName: workspaces, Key: { scope, item }, ...updateExpression({ at: 0 }) }));
    }
  }
}
