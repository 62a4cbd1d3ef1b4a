import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { batchDelete, query } from '../../platform/dynamodb.ts';
import { gatherPages } from '../../platform/pages.ts';
import { type Bucket, purge } from '../../platform/s3.ts';
import type { ProcessContext } from '../context.ts';
import { filesOf, type Key, processItem, projectScope, uploadsOf } from '../keys.ts';
import type { ProcessWorkRow } from '../rows.ts';
import { finishWork } from '../work.ts';
import { type FileId, objectKey, objectPrefix } from './object-key.ts';

/** Deletes at once. */
const concurrency = 10;

/** Deletes the objects of files whose rows are gone, or never came. */
export async function removeObjects({ s3, name: Bucket }: Bucket, files: readonly FileId[]): Promise<void> {
  await forEachConcurrently(files, concurrency, async (file) => {
    await s3.send(new DeleteObjectCommand({ Bucket, Key: objectKey(file) }));
  });
}

/** Work after the deletion of a file, or of a process with all its files. */
export async function removeFiles(context: ProcessContext, work: ProcessWorkRow): Promise<void> {
  const { projectID, processID, data } = work;
  if (processID === undefined) throw new TypeError(`${work.item} names no process`);
  if (data.fileID !== undefined) await removeObjects(context.attachments, [{ processID, fileID: data.fileID }]);
  else {
    await purge(context.attachments, objectPrefix(processID), async () => true);
    for (const prefix of [filesOf(processID), uploadsOf(processID)])
      await removeItems(context, projectScope(projectID), prefix);
  }
  await finishWork(context, work);
}

interface RemovalContext extends Pick<ProcessContext, 'db' | 'clock'> {
  tables: { processes: string };
  attachments: Bucket;
}

/** Removes all that is beside a process, with its objects: files, uploads, messages. */
export async function removeAll(context: RemovalContext, projectID: string, processID: string): Promise<void> {
  await purge(context.attachments, objectPrefix(processID), async () => true);
  await removeItems(context, projectScope(projectID), `${processItem(processID)}#`);
}

/** Removes the items of a scope whose place begins with a text. */
export async function removeItems(
  { db, clock, tables }: Omit<RemovalContext, 'attachments'>,
  scope: string,
  prefix: string,
): Promise<void> {
  const items = query<Key>(db, {
    TableName: tables.processes,
    KeyConditionExpression: '#scope = :scope AND #item BETWEEN :first AND :last',
    ProjectionExpression: '#scope, #item',
    ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
    // The empty text is no key.
    ExpressionAttributeValues: { ':scope': scope, ':first': prefix || ' ', ':last': `${prefix}\u{10ffff}` },
  });
  for await (const page of gatherPages(items, pageSize)) {
    const keys = page.map(({ scope: hash, item }) => ({ scope: hash, item }));
    await batchDelete(db, clock, tables.processes, keys);
  }
}

/** Items of one request: BatchWriteItem takes 25 (DynamoDB API reference). */
const pageSize = 25;
