import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
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
import { bucket, connect, minimumPart, temporaryDirectory } from './s3-fixture.ts';

const Bucket = bucket;
const target = { Bucket, Key: 'k' };

/** The server in a process of its own, to be killed. It ends on SIGTERM with the most memory that it had, in bytes. */
async function spawnServer(directory: string) {
  const module = new URL('../../../../infra/local/s3/server.ts', import.meta.url).href;
  const script = `const { startS3Server } = await import(${JSON.stringify(module)});
    const { ownMemory } = await import(${JSON.stringify(new URL('../../../../infra/local/lambda/own-memory.ts', import.meta.url))});
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
