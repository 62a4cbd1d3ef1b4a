import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { recover } from '../../../infra/local/recover.ts';
import { startDynamoDb } from '../../../infra/local/services/dynamodb.ts';
import { scan } from '../../../shared/platform/dynamodb.ts';
import { createTables } from '../../support/services.ts';

it('a run that was killed leaves no lease behind, and what it broke off counts as no attempt', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'recover-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  await using dynamo = await startDynamoDb(directory);
  const tables = await createTables(dynamo.client, 'recover');
  const db = DynamoDBDocumentClient.from(dynamo.client);
  const put = (table: keyof typeof tables, Item: object) =>
    db.send(new PutCommand({ TableName: tables[table], Item: { ...Item } }));
  const leaseUntil = Date.now() + 50_000;
  const messages = [
    { messageId: 'at-work', state: 'applying', attempts: 3, leaseUntil },
    { messageId: 'queued', state: 'open', attempts: 1 },
    { messageId: 'new', state: 'open', attempts: 0 },
    { messageId: 'returning', state: 'working', attempts: 2, leaseUntil },
    { messageId: 'to-be-returned-again', state: 'working', attempts: 2 },
    { messageId: 'held', state: 'held', attempts: 10 },
  ];
  const files = [
    { fileId: 'first', state: 'copying', failures: 1, leaseUntil },
    { fileId: 'later', state: 'copying', failures: 4, leaseUntil },
    { fileId: 'further', state: 'copying', failures: 0, leaseUntil },
    { fileId: 'result', state: 'sending', failures: 3, leaseUntil },
    { fileId: 'failed-before', state: 'pending', failures: 4, leaseUntil },
  ];
  for (const [index, item] of [...messages, ...files].entries()) {
    await put('messageId' in item ? 'messages' : 'files', item);
    await put('lines', { line: 'line', position: `${index}`, ...item });
  }
  await put('control', { name: 'poll', counter: 7, leaseUntil });

  for (let start = 0; start < 2; start++) await recover(dynamo.client, tables);

  const attempts = async (table: 'messages' | 'files', id: string) => {
    const items = await Array.fromAsync(scan<Record<string, unknown>>(db, tables[table]));
    for (const item of items) expect(item.leaseUntil ?? 0).toBe(0);
    return Object.fromEntries(items.map((item) => [item[id], item.attempts ?? item.failures]));
  };
  expect(await attempts('messages', 'messageId')).toEqual({
    'at-work': 1, // It may have been in a queue at the second start.
    queued: 0,
    new: 0,
    returning: 1,
    'to-be-returned-again': 2,
    held: 10,
  });
  expect(await attempts('files', 'fileId')).toEqual({ first: 0, later: 3, further: 0, result: 2, 'failed-before': 4 });
  expect(await Array.fromAsync(scan(db, tables.control))).toEqual([{ name: 'poll', counter: 7, leaseUntil: 0 }]);
});
