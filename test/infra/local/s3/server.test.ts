import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { startS3Server } from '../../../../infra/local/s3/server.ts';
import { startS3Worker } from '../../../../infra/local/s3/worker.ts';
import { bucket, connect, failure, setUp, temporaryDirectory } from './s3-fixture.ts';

const Bucket = bucket;
const target = { Bucket, Key: 'k' };

describe('starting again', () => {
  test('drops a line of the journal that has no end, and files that nothing refers to', async () => {
    const { client, server, directory } = await setUp();
    await client.send(new PutObjectCommand({ ...target, Body: 'content' }));
    await server.stop();
    await appendFile(join(directory, 'journal.jsonl'), '{"type":"delete","bucket":"files","ke');
    await writeFile(join(directory, 'blobs', 'left-behind'), 'x');

    for (let start = 0; start < 2; start++) {
      const again = await startS3Server({ directory });
      const other = connect(again.endpoint);
      const found = await other.send(new GetObjectCommand(target));
      expect(await found.Body?.transformToString()).toBe('content');
      other.destroy();
      await again.stop();
    }
    expect(await readdir(join(directory, 'blobs'))).toHaveLength(1);
  });

  test('is quick with 20,000 objects, and so is listing them', async () => {
    const directory = await temporaryDirectory();
    const object = (key: string) => ({
      ...{ key, size: 0, etag: 'e', modified: 0, blobs: [], headers: {}, tags: {} },
      checksum: { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'AAAAAA==' },
    });
    const lines = Array.from({ length: 20_000 }, (_, i) => ({
      type: 'object',
      bucket,
      object: object(`${(i * 7919) % 20_000}`),
    }));
    const journal = [{ type: 'bucket', bucket, created: 0 }, ...lines].map((line) => `${JSON.stringify(line)}\n`);
    await writeFile(join(directory, 'journal.jsonl'), journal.join(''));

    const begin = performance.now();
    const server = await startS3Server({ directory });
    const client = connect(server.endpoint);
    const keys: (string | undefined)[] = [];
    for (let ContinuationToken: string | undefined, more = true; more; more = ContinuationToken !== undefined) {
      const page = await client.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
      keys.push(...(page.Contents ?? []).map(({ Key }) => Key));
      ContinuationToken = page.NextContinuationToken;
    }
    const took = performance.now() - begin;
    client.destroy();
    await server.stop();

    expect(new Set(keys).size).toBe(20_000);
    expect(took).toBeLessThan(10_000);
  });
});

describe('in a worker thread', () => {
  const silent = { notifications: [], notify() {} };

  test('it is the same server', async () => {
    const server = await startS3Worker({ ...silent, directory: await temporaryDirectory() });
    const client = connect(server.endpoint);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ ...target, Body: 'content' }));
    const found = await client.send(new GetObjectCommand(target));
    expect(await found.Body?.transformToString()).toBe('content');
    client.destroy();
    await server.stop();
  });

  test('it fails when it is told to, until it is told not to', async () => {
    const server = await startS3Worker({ ...silent, directory: await temporaryDirectory() });
    const client = connect(server.endpoint);
    const create = () => client.send(new CreateBucketCommand({ Bucket }));
    server.faults.inject('*', { status: 503, code: 'SlowDown' }, 2);
    expect(await failure(create())).toEqual({ code: 'SlowDown', status: 503 });
    server.faults.clear();
    // The thread hears of it a moment later.
    const created = await vi.waitFor(create);
    expect(created).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    client.destroy();
    await server.stop();
  });

  test('a failure to start is told', async () => {
    const { server } = await setUp();
    const port = Number(new URL(server.endpoint).port);
    await expect(startS3Worker({ ...silent, directory: await temporaryDirectory(), port })).rejects.toThrow(
      'EADDRINUSE',
    );
  });
});

describe('stopping', () => {
  test('waits for nothing that a client holds open', async () => {
    const directory = await temporaryDirectory();
    const server = await startS3Server({ directory });
    const client = connect(server.endpoint);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ ...target, Body: Buffer.alloc(50_000_000) }));
    const unread = await client.send(new GetObjectCommand(target));
    const cut = expect(unread.Body?.transformToByteArray()).rejects.toThrow();
    await server.stop();
    await cut;
    client.destroy();
  });
});

describe('injected faults', () => {
  test('are errors for the next requests of an operation', async () => {
    const { client, server } = await setUp();
    server.faults.inject('PutObject', { status: 503, code: 'SlowDown' }, 2);
    server.faults.inject('PutObject', { status: 409, code: 'ConditionalRequestConflict' });
    const put = () => client.send(new PutObjectCommand({ ...target, Body: 'content' }));

    expect(await failure(client.send(new HeadObjectCommand(target)))).toMatchObject({ status: 404 });
    expect(await failure(put())).toEqual({ code: 'SlowDown', status: 503 });
    expect(await failure(put())).toEqual({ code: 'SlowDown', status: 503 });
    expect(await failure(put())).toEqual({ code: 'ConditionalRequestConflict', status: 409 });
    await put();
  });

  test.each([
    ['before', undefined],
    ['after', 7],
  ] as const)('cut the connection %s it is done', async (cut, length) => {
    const { client, server } = await setUp();
    server.faults.inject('*', { cut });
    await expect(client.send(new PutObjectCommand({ ...target, Body: 'content' }))).rejects.toThrow(
      /ECONNRESET|hang up/,
    );
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.[0]?.Size).toBe(length);
  });

  test('delay, and can be cleared', async () => {
    const { client, server } = await setUp();
    server.faults.inject('ListObjectsV2', { delay: 50 });
    const begin = performance.now();
    await client.send(new ListObjectsV2Command({ Bucket }));
    expect(performance.now() - begin).toBeGreaterThan(45);
    server.faults.inject('*', { status: 500, code: 'InternalError' });
    server.faults.clear();
    await client.send(new ListObjectsV2Command({ Bucket }));
  });
});
