import { createHash } from 'node:crypto';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type DeleteObjectsCommandInput,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createS3 } from '../../shared/platform/clients.ts';
import { forEachConcurrently } from '../../shared/platform/concurrency.ts';
import { TransientError } from '../../shared/platform/errors.ts';
import { abortUploadsOf, purge } from '../../shared/platform/s3.ts';
import { uploadAddress } from '../../shared/processes/files/objects.ts';
import { useServices } from '../files/file-services.ts';

useServices();
let buckets = 0;

/** A bucket with so many objects and unfinished uploads under `a/`, and one of each beside it. */
async function setUp({ objects = 0, uploads = 0 }) {
  const s3 = createS3();
  onTestFinished(() => s3.destroy());
  const Bucket = `bucket-${++buckets}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const begin = (Key: string) => s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => `a/${index}`);
  await forEachConcurrently([...numbers(objects), 'ab'], 20, async (key) => void (await put(key)));
  await forEachConcurrently([...numbers(uploads), 'ab'], 20, async (key) => void (await begin(key)));
  return { bucket: { s3, name: Bucket }, begin, left: () => leftIn(s3, Bucket) };
}

async function leftIn(s3: S3Client, Bucket: string) {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  return { objects: Contents.map(({ Key }) => Key), uploads: Uploads.map(({ Key }) => Key) };
}

/** Has S3 fail to delete some of the keys of each DeleteObjects: in its answer, as it does when it is busy. */
function failToDelete(s3: S3Client, fails: (key: string) => boolean): void {
  s3.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== 'DeleteObjectsCommand') return next(args);
        const { Delete: { Objects = [] } = {}, ...input } = args.input as DeleteObjectsCommandInput;
        const { failing = [], others = [] } = Object.groupBy(Objects, ({ Key = '' }) =>
          fails(Key) ? 'failing' : 'others',
        );
        const Errors = failing.map(({ Key }) => ({ Key, Code: 'InternalError' }));
        if (others.length === 0) return { response: {}, output: { $metadata: {}, Errors } };
        const answer = await next({ ...args, input: { ...input, Delete: { Objects: others } } });
        return { ...answer, output: { ...answer.output, Errors } };
      },
    { step: 'initialize' },
  );
}

describe('the address of an upload', () => {
  it.each([
    ['with', createHash('md5').update('large').digest('hex')],
    ['without', undefined],
  ])('%s a sum is one that S3 takes', async (_, md5) => {
    const { bucket, left } = await setUp({});
    const file = { processID: 'q', fileID: 'f', size: 5, md5 };
    const { url, headers } = await uploadAddress(bucket, file);
    const put = (body: string) => fetch(url, { method: 'PUT', headers, body });
    if (md5 !== undefined) expect((await put('other')).status).toBe(400);
    expect((await put('large')).status).toBe(200);
    expect((await left()).objects).toContain('processes/q/f');
  });
});

const always = async () => true;

describe('the purge of a prefix', () => {
  it('removes more than a listing shows at a time, and nothing beside it', async () => {
    const { bucket, left } = await setUp({ objects: 1_010, uploads: 20 });
    expect(await purge(bucket, 'a/', always)).toBe(true);
    expect(await left()).toEqual({ objects: ['ab'], uploads: ['ab'] });
  });

  it('ends early when it is told to, and goes on the next time', async () => {
    const { bucket, left } = await setUp({ objects: 1_010, uploads: 3 });
    let rounds = 0;
    expect(await purge(bucket, 'a/', async () => ++rounds < 2)).toBe(false);
    expect((await left()).objects).toHaveLength(11);
    expect(await purge(bucket, 'a/', async () => false)).toBe(false);
    expect(await purge(bucket, 'a/', always)).toBe(true);
    expect(await left()).toEqual({ objects: ['ab'], uploads: ['ab'] });
  });

  it('tries again what S3 failed to delete of a page', async () => {
    const { bucket, left } = await setUp({ objects: 5 });
    const failed = new Set<string>();
    failToDelete(bucket.s3, (key) => key !== 'a/0' && failed.size < failed.add(key).size);
    expect(await purge(bucket, 'a/', always)).toBe(true);
    expect(failed.size).toBe(4);
    expect(await left()).toMatchObject({ objects: ['ab'] });
  });

  it('fails when S3 deletes nothing of a page', async () => {
    const { bucket } = await setUp({ objects: 5 });
    failToDelete(bucket.s3, () => true);
    await expect(purge(bucket, 'a/', always)).rejects.toThrow(new TransientError('S3: DeleteObjects: InternalError'));
  });
});

it('all uploads of one object are ended, and no others', async () => {
  const { bucket, begin, left } = await setUp({ uploads: 2 });
  for (const key of ['a/1', 'a/1', 'a/1/2', 'a/12']) await begin(key);
  await abortUploadsOf(bucket, 'a/1');
  expect(await left()).toMatchObject({ uploads: ['a/0', 'a/1/2', 'a/12', 'ab'] });
});
