import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startS3Server } from '../../infra/local/s3/server.ts';
import { startS3Worker } from '../../infra/local/s3/worker.ts';
import { bucket, connect, failure, minimumPart, setUp, temporaryDirectory } from './s3-setup.ts';

const Bucket = bucket;
const target = { Bucket, Key: 'k' };

/** The server in a process of its own, to be killed. It ends on SIGTERM with the most memory that it had, in bytes. */
async function spawnServer(directory: string) {
  const module = new URL('../../infra/local/s3/server.ts', import.meta.url).href;
  const script = `const { startS3Server } = await import(${JSON.stringify(module)});
    const { ownMemory } = await import(${JSON.stringify(new URL('../../infra/local/lambda/own-memory.ts', import.meta.url))});
    process.on('SIGTERM', () => process.stdout.write(String(ownMemory().maxRss), () => process.exit()));
    process.stdout.write((await startS3Server({ directory: ${JSON.stringify(directory)} })).endpoint);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [endpoint] = await once(child.stdout, 'data');
  return { process: child, endpoint: String(endpoint) };
}

describe('after kill -9', () => {
  test('all that was answered is there, an upload goes on, and what was half sent is gone', async () => {
    const directory = await temporaryDirectory();
    const killed = await spawnServer(directory);
    const before = connect(killed.endpoint);
    await before.send(new CreateBucketCommand({ Bucket }));
    await before.send(new PutObjectCommand({ ...target, Body: 'content', Metadata: { md5: 'abc' } }));
    const upload = { Bucket, Key: 'large' };
    const { UploadId } = await before.send(new CreateMultipartUploadCommand({ ...upload, ChecksumAlgorithm: 'CRC32' }));
    const one = await before.send(
      new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: Buffer.alloc(minimumPart) }),
    );
    const endless = Readable.from(
      (async function* () {
        yield Buffer.alloc(100_000);
        await once(killed.process, 'exit');
      })(),
    );
    const half = before.send(new PutObjectCommand({ Bucket, Key: 'half', Body: endless, ContentLength: 2_000_000 }));
    const failing = Promise.allSettled([half]);
    await vi.waitFor(async () => expect(await readdir(join(directory, 'blobs'))).toHaveLength(3));

    killed.process.kill('SIGKILL');
    expect(await failing).toMatchObject([{ status: 'rejected' }]);
    before.destroy();

    const after = connect((await spawnServer(directory)).endpoint);
    expect(await readdir(join(directory, 'blobs'))).toHaveLength(2);
    const { Contents } = await after.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['k']);
    expect((await after.send(new HeadObjectCommand(target))).Metadata).toEqual({ md5: 'abc' });
    expect((await after.send(new ListPartsCommand({ ...upload, UploadId }))).Parts).toMatchObject([{ ETag: one.ETag }]);
    const two = await after.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 2, Body: 'end' }));
    const Parts = [one, two].map(({ ETag, ChecksumCRC32 }, i) => ({ PartNumber: i + 1, ETag, ChecksumCRC32 }));
    await after.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }));
    expect((await after.send(new HeadObjectCommand(upload))).ContentLength).toBe(minimumPart + 3);
    after.destroy();
  });
});

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
    expect(await create()).toMatchObject({ $metadata: { httpStatusCode: 200 } });
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

describe('memory', () => {
  test('does not grow with the size of an object', async () => {
    const { process: child, endpoint } = await spawnServer(await temporaryDirectory());
    const client = connect(endpoint);
    await client.send(new CreateBucketCommand({ Bucket }));
    const megabyte = Buffer.alloc(1024 ** 2);
    const Body = Readable.from(Array.from({ length: 400 }, () => megabyte));
    await client.send(new PutObjectCommand({ ...target, Body, ContentLength: 400 * megabyte.length }));
    const found = await client.send(new GetObjectCommand(target));
    let read = 0;
    const count = (piece: Uint8Array) => {
      read += piece.length;
    };
    await found.Body?.transformToWebStream().pipeTo(new WritableStream({ write: count }));
    client.destroy();

    child.kill('SIGTERM');
    const [bytes] = await once(child.stdout, 'data');

    expect(read).toBe(400 * megabyte.length);
    expect(Number(bytes)).toBeLessThan(300 * 1024 ** 2);
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
