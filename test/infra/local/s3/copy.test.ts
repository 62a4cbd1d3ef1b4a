import { createHash } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { startS3Server } from '../../../../infra/local/s3/server.ts';
import { bucket, connect, failure, setUp } from './s3-fixture.ts';

const Bucket = bucket;
const put = (client: S3Client, Key: string, more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'content', ...more }));
const copy = (client: S3Client, more: Partial<CopyObjectCommandInput> = {}) =>
  client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/k`, ...more }));
const tags = async (client: S3Client, Key: string) =>
  (await client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;

describe('copying', () => {
  test('takes content, metadata and tags along, and outlives the source', async () => {
    const { client } = await setUp();
    const Key = 'a ø/../%20?.txt';
    await put(client, Key, { Metadata: { md5: 'abc' }, ContentType: 'text/plain', Tagging: 'a=b' });

    const { CopyObjectResult } = await copy(client, { CopySource: `${Bucket}/${encodeURIComponent(Key)}` });
    await client.send(new DeleteObjectCommand({ Bucket, Key }));

    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'copy', ChecksumMode: 'ENABLED' }));
    expect(found).toMatchObject({ Metadata: { md5: 'abc' }, ContentType: 'text/plain', ETag: CopyObjectResult?.ETag });
    expect(await found.Body?.transformToString()).toBe('content');
    expect(await tags(client, 'copy')).toEqual([{ Key: 'a', Value: 'b' }]);
  });

  test('replaces metadata, tags, encryption and checksum on request', async () => {
    const { client } = await setUp();
    await put(client, 'k', { Metadata: { old: '1' }, Tagging: 'old=1' });
    await copy(client, {
      MetadataDirective: 'REPLACE',
      TaggingDirective: 'REPLACE',
      Metadata: { new: '2' },
      Tagging: 'new=2',
      ServerSideEncryption: 'aws:kms',
      ChecksumAlgorithm: 'SHA256',
    });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'copy', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ Metadata: { new: '2' }, ServerSideEncryption: 'aws:kms' });
    expect(head.ChecksumSHA256).toBe(createHash('sha256').update('content').digest('base64'));
    expect(await tags(client, 'copy')).toEqual([{ Key: 'new', Value: '2' }]);
  });

  test('makes one piece of a multipart upload', async () => {
    const { client } = await setUp();
    const target = { Bucket, Key: 'k' };
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'SHA256' }),
    );
    const part = { ...target, UploadId, PartNumber: 1, Body: 'content', ChecksumAlgorithm: 'SHA256' } as const;
    const { ETag, ChecksumSHA256 } = await client.send(new UploadPartCommand(part));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumSHA256 }] };
    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));

    const { CopyObjectResult } = await copy(client);

    expect(CopyObjectResult?.ETag).toBe(`"${createHash('md5').update('content').digest('hex')}"`);
    expect(CopyObjectResult).toMatchObject({ ChecksumType: 'FULL_OBJECT', ChecksumSHA256: ChecksumSHA256 });
  });

  test('onto itself has to change something', async () => {
    const { client } = await setUp();
    await put(client, 'k');
    expect(await failure(copy(client, { Key: 'k' }))).toEqual({ code: 'InvalidRequest', status: 400 });
    await copy(client, { Key: 'k', MetadataDirective: 'REPLACE', Metadata: { new: '1' } });
    const found = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect([found.Metadata, await found.Body?.transformToString()]).toEqual([{ new: '1' }, 'content']);
  });

  test('has conditions on source and destination', async () => {
    const { client } = await setUp();
    const { ETag } = await put(client, 'k');
    const failed = { code: 'PreconditionFailed', status: 412 };
    expect(await failure(copy(client, { CopySourceIfMatch: '"other"' }))).toEqual(failed);
    expect(await failure(copy(client, { CopySourceIfNoneMatch: ETag }))).toEqual(failed);
    await copy(client, { CopySourceIfMatch: ETag, IfNoneMatch: '*' });
    expect(await failure(copy(client, { IfNoneMatch: '*' }))).toEqual(failed);
    expect(await failure(copy(client, { CopySource: `${Bucket}/missing` }))).toEqual({
      code: 'NoSuchKey',
      status: 404,
    });
  });

  test('ends at 5 GiB', async () => {
    const { client, server, directory } = await setUp();
    await put(client, 'k');
    await server.stop();
    // A larger object without writing one: the stored size and a sparse file say so.
    const size = 5 * 1024 ** 3 + 1;
    const journal = join(directory, 'journal.jsonl');
    const text = await readFile(journal, 'utf8');
    await truncate(join(directory, 'blobs', /"blobs":\[\{"id":"([^"]+)"/.exec(text)?.[1] ?? ''), size);
    await writeFile(journal, text.replaceAll('"size":7', `"size":${size}`));

    const again = await startS3Server({ directory });
    const other = connect(again.endpoint);
    try {
      expect(await failure(copy(other))).toEqual({ code: 'InvalidRequest', status: 400 });
    } finally {
      other.destroy();
      await again.stop();
    }
  });
});

describe('tags', () => {
  test('are replaced as a whole; content, metadata and time stay', async () => {
    const { client } = await setUp();
    await put(client, 'k', { Metadata: { md5: 'abc' }, Tagging: 'old=1' });
    const before = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
    const TagSet = [
      { Key: 'a', Value: '<&">' },
      { Key: 'b', Value: '' },
    ];

    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));

    expect(await tags(client, 'k')).toEqual(TagSet);
    const { Metadata, LastModified, ETag } = before;
    const after = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect(after).toMatchObject({ Metadata, LastModified, ETag, TagCount: 2 });
    expect(await after.Body?.transformToString()).toBe('content');
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet: [] } }));
    expect(await tags(client, 'k')).toEqual([]);
  });

  test.each([
    ['eleven', Array.from({ length: 11 }, (_, i) => ({ Key: `${i}`, Value: '' }))],
    [
      'one key twice',
      [
        { Key: 'a', Value: '1' },
        { Key: 'a', Value: '2' },
      ],
    ],
    ['an empty key', [{ Key: '', Value: '1' }]],
    ['a long value', [{ Key: 'a', Value: 'b'.repeat(257) }]],
  ])('can not be %s', async (_, TagSet) => {
    const { client } = await setUp();
    await put(client, 'k');
    const tagged = client.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }));
    expect(await failure(tagged)).toEqual({ code: 'InvalidTag', status: 400 });
  });

  test('need an object', async () => {
    const { client } = await setUp();
    expect(await failure(tags(client, 'missing'))).toEqual({ code: 'NoSuchKey', status: 404 });
  });
});
