import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import { type FileRow, fileMemberKey } from '../../shared/files/file.ts';
import { objectKeyOf } from '../../shared/files/object-key.ts';
import { createDatabase } from '../../shared/platform/clients.ts';
import { forEachConcurrently } from '../../shared/platform/concurrency.ts';
import { useGateway } from './setup.ts';

const endToEnd = useGateway();
const projectNo = '1001';
const files = 5_000;
const objects = 300;
const uploads = 200;
const waitOptions = { timeout: 30_000, interval: 20 };

let db: ReturnType<typeof createDatabase>;
let s3: S3Client;

beforeAll(() => {
  const {
    credentials,
    s3: { endpoint },
    dynamodb,
  } = endToEnd().gateway.endpoints;
  s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  Object.assign(process.env, {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
  });
  db = createDatabase();
});

afterAll(() => {
  s3.destroy();
  db.destroy();
});

it('is deleted with its 5,000 files while transfers run, and nothing of it remains', async () => {
  const { portal, poll, drain, rows, failures, ...look } = endToEnd();
  await portal.send('CreateProject', { projectNo });
  await drain();
  await fill();
  await startTransfers();

  await portal.send('DeleteProject', { projectNo });
  await poll();
  // Transfers that run give their leases back: nobody has to wait these out.
  await drain();

  for (const table of ['projects', 'users', 'files', 'lines', 'incidents'] as const) {
    expect(await rows(table), table).toEqual([]);
  }
  expect([await look.objects('files'), await look.uploads(), failures]).toEqual([[], [], []]);
  const deletions = (await rows('history')).filter(({ event }) => event === 'deleted');
  expect(deletions).toHaveLength(files + 3 + 1);
  const deletion = (await rows('messages')).find(({ type }) => type === 'DeleteProject');
  expect(deletion?.attempts).toBeLessThan(3);
});

/** Files as transfers leave them, without the work; some with an object, some with an unfinished upload. */
async function fill(): Promise<void> {
  const { tables } = endToEnd().gateway.endpoints.dynamodb;
  const Bucket = endToEnd().gateway.endpoints.s3.buckets.files;
  const stored = Array.from({ length: files }, (_, index) => rowOf(`stored-${index}`));
  await putAll(tables.files, stored);
  await putAll(tables.members, stored.map(fileMemberKey));
  await forEachConcurrently(stored.slice(0, objects), 20, async ({ objectKey: Key }) => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'abc' }));
  });
  await forEachConcurrently(stored.slice(-uploads), 20, async ({ objectKey: Key }) => {
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  });
}

async function putAll(table = '', rows: readonly object[]): Promise<void> {
  const requests = rows.map((row) => ({ PutRequest: { Item: { ...row } } }));
  const batches = Array.from({ length: Math.ceil(rows.length / 25) }, (_, index) =>
    requests.slice(25 * index, 25 * (index + 1)),
  );
  await forEachConcurrently(batches, 4, async (batch) => {
    await db.send(new BatchWriteCommand({ RequestItems: { [table]: batch } }));
  });
}

const rowOf = (fileId: string): FileRow => ({
  fileId,
  projectNo,
  messageId: 'long ago',
  objectKey: objectKeyOf(projectNo, fileId),
  size: 3,
  checksum: '900150983cd24fb0d6963f7d28e17f72',
  state: 'stored',
  attempt: 1,
  checksumFailures: 0,
  dueAt: 0,
  bytesDone: 3,
  position: fileId,
  createdAt: 0,
  storedAt: 1,
  version: 2,
});

/** Three transfers that would take another minute. */
async function startTransfers(): Promise<void> {
  const { portal, poll } = endToEnd();
  const fileIds = ['large-0', 'large-1', 'large-2'];
  const details = fileIds.map((fileId) => portal.addFile({ fileId, size: 60_000_000 }, { bytesPerSecond: 1_000_000 }));
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo, files: await Promise.all(details) });
  await poll();
  await vi.waitFor(async () => {
    const { served } = await portal.snapshot();
    expect(fileIds.map((fileId) => (served.get(fileId)?.bytes ?? 0) > 0)).toEqual([true, true, true]);
  }, waitOptions);
}
