import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { bucket, codeOf, failure, raw, setUp } from './s3-fixture.ts';

const Bucket = bucket;
const put = (client: S3Client, Key: string, Body: string | Buffer = 'content', more: object = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (client: S3Client, Key: string, more: object = {}) =>
  client.send(new GetObjectCommand({ Bucket, Key, ...more }));
const text = async (client: S3Client, Key: string, more: object = {}) =>
  (await get(client, Key, more)).Body?.transformToString();

describe('buckets', () => {
  test('are created, once or again, and listed', async () => {
    const { client } = await setUp();
    await put(client, 'kept');
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new CreateBucketCommand({ Bucket: 'another' }));

    const { Buckets } = await client.send(new ListBucketsCommand({}));

    expect(Buckets?.map(({ Name }) => Name)).toEqual(['another', 'files']);
    expect(await text(client, 'kept')).toBe('content');
    await client.send(new HeadBucketCommand({ Bucket }));
  });

  test('that are missing or misnamed are refused', async () => {
    const { client, server } = await setUp();
    expect(await failure(client.send(new HeadBucketCommand({ Bucket: 'missing' })))).toMatchObject({ status: 404 });
    const inMissing = client.send(new PutObjectCommand({ Bucket: 'missing', Key: 'k', Body: 'x' }));
    expect(await failure(inMissing)).toEqual({ code: 'NoSuchBucket', status: 404 });
    expect(codeOf(await raw(server.endpoint, { method: 'PUT', path: '/..%2fup' }))).toBe('InvalidBucketName');
  });
});

describe('objects', () => {
  test('come back as they were put', async () => {
    const { client } = await setUp();
    const said = {
      ContentType: 'text/csv',
      CacheControl: 'no-store',
      ContentDisposition: 'attachment; filename="a.csv"',
      ContentEncoding: 'identity',
      Metadata: { md5: 'abc', 'two-words': 'a, b' },
    };
    await put(client, 'k', 'content', said);

    const found = await get(client, 'k');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k' }));

    expect(found).toMatchObject({ ...said, ContentLength: 7, ETag: '"9a0364b9e99bb480dd25e1f0284c8555"' });
    expect(head).toMatchObject({ ...said, ContentLength: 7, ETag: '"9a0364b9e99bb480dd25e1f0284c8555"' });
    expect(await found.Body?.transformToString()).toBe('content');
  });

  test('may be empty', async () => {
    const { client } = await setUp();
    expect(await put(client, 'k', '')).toMatchObject({ ETag: '"d41d8cd98f00b204e9800998ecf8427e"' });
    expect(await text(client, 'k')).toBe('');
  });

  test('replace one another, for a reader under way only afterwards', async () => {
    const { client } = await setUp();
    const large = Buffer.alloc(16 * 1024 ** 2, 'a');
    await put(client, 'k', large);
    const reading = await get(client, 'k');

    await put(client, 'k', 'new');

    expect((await reading.Body?.transformToByteArray())?.length).toBe(large.length);
    expect(await text(client, 'k')).toBe('new');
  });

  test('that are missing are NoSuchKey', async () => {
    const { client } = await setUp();
    expect(await failure(get(client, 'k'))).toEqual({ code: 'NoSuchKey', status: 404 });
    expect(await failure(client.send(new HeadObjectCommand({ Bucket, Key: 'k' })))).toEqual({
      code: 'NotFound',
      status: 404,
    });
  });

  test('say how they are encrypted; under KMS the ETag is no MD5', async () => {
    const { client } = await setUp();
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'a-key', BucketKeyEnabled: true };

    expect(await put(client, 'k', 'content', kms)).toMatchObject(kms);

    const found = await get(client, 'k');
    expect(found).toMatchObject(kms);
    expect(found.ETag).not.toBe('"9a0364b9e99bb480dd25e1f0284c8555"');
    expect(await put(client, 'other')).toMatchObject({ ServerSideEncryption: 'AES256' });
  });

  test('have at most 2 KB of metadata', async () => {
    const { client } = await setUp();
    await put(client, 'k', 'x', { Metadata: { a: 'b'.repeat(2047) } });
    const tooMuch = put(client, 'k', 'x', { Metadata: { a: 'b'.repeat(2048) } });
    expect(await failure(tooMuch)).toEqual({ code: 'MetadataTooLarge', status: 400 });
  });
});

describe('keys', () => {
  const keys = [
    '../../..',
    '../../etc/passwd',
    'a/../b',
    './a',
    '/leading',
    'trailing/',
    'a//b',
    '%2e%2e%2f',
    'percent%20encoded',
    'quotes\'"<>&',
    'question?mark=1#hash',
    'a+b c',
    'æøå 😀',
    'line\nbreak\ttab\rreturn\u0001',
    'k'.repeat(1024),
  ];

  test.each(keys)('may be %j', async (Key) => {
    const { client } = await setUp();
    await put(client, Key, Key);

    expect(await text(client, Key)).toBe(Key);
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map((object) => object.Key)).toEqual([Key]);
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    expect(await failure(get(client, Key))).toMatchObject({ code: 'NoSuchKey' });
  });

  test('have at most 1,024 bytes of UTF-8', async () => {
    const { client, server } = await setUp();
    expect(await failure(put(client, 'ø'.repeat(513)))).toEqual({ code: 'KeyTooLongError', status: 400 });
    expect(codeOf(await raw(server.endpoint, { path: '/files/%ff' }))).toBe('InvalidURI');
  });
});

describe('ranges', () => {
  test.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=7-99', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('%s is %s', async (Range, expected, ContentRange) => {
    const { client } = await setUp();
    await put(client, 'k', '0123456789');

    const found = await get(client, 'k', { Range, ChecksumMode: 'ENABLED' });

    expect(found).toMatchObject({ ContentRange, ContentLength: expected.length, $metadata: { httpStatusCode: 206 } });
    expect(await found.Body?.transformToString()).toBe(expected);
  });

  test.each(['bytes=10-', 'bytes=10-12', 'bytes=-0'])('%s is beyond the end', async (Range) => {
    const { client } = await setUp();
    await put(client, 'k', '0123456789');
    expect(await failure(get(client, 'k', { Range }))).toEqual({ code: 'InvalidRange', status: 416 });
  });

  test.each(['bytes=3-1', 'bytes=a-b', 'items=0-1', 'bytes=0-1,3-4'])(
    '%s is none: everything is sent',
    async (Range) => {
      const { client } = await setUp();
      await put(client, 'k', '0123456789');
      expect(await text(client, 'k', { Range })).toBe('0123456789');
    },
  );
});

describe('conditions', () => {
  test('of reading: If-Match and If-None-Match', async () => {
    const { client } = await setUp();
    const { ETag } = await put(client, 'k');

    expect(await text(client, 'k', { IfMatch: ETag })).toBe('content');
    expect(await failure(get(client, 'k', { IfMatch: '"other"' }))).toEqual({
      code: 'PreconditionFailed',
      status: 412,
    });
    expect(await text(client, 'k', { IfNoneMatch: '"other"' })).toBe('content');
    expect(await failure(get(client, 'k', { IfNoneMatch: ETag }))).toMatchObject({ status: 304 });
  });

  test('of reading: times', async () => {
    const { client } = await setUp();
    await put(client, 'k');
    const [past, future] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];

    expect(await text(client, 'k', { IfModifiedSince: past, IfUnmodifiedSince: future })).toBe('content');
    expect(await failure(get(client, 'k', { IfModifiedSince: future }))).toMatchObject({ status: 304 });
    expect(await failure(get(client, 'k', { IfUnmodifiedSince: past }))).toMatchObject({ status: 412 });
  });

  test('of putting: only when the key is free', async () => {
    const { client } = await setUp();
    await put(client, 'k', 'first', { IfNoneMatch: '*' });
    const second = put(client, 'k', 'second', { IfNoneMatch: '*' });
    expect(await failure(second)).toEqual({ code: 'PreconditionFailed', status: 412 });
    expect(await text(client, 'k')).toBe('first');
  });

  test('of putting: of many at once one wins', async () => {
    const { client } = await setUp();
    const tries = Array.from({ length: 10 }, (_, i) => put(client, 'k', `${i}`, { IfNoneMatch: '*' }));
    const results = await Promise.allSettled(tries);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('of putting: only over what is known', async () => {
    const { client } = await setUp();
    expect(await failure(put(client, 'k', 'x', { IfMatch: '"any"' }))).toEqual({ code: 'NoSuchKey', status: 404 });
    const { ETag } = await put(client, 'k', 'first');
    await put(client, 'k', 'second', { IfMatch: ETag });
    expect(await failure(put(client, 'k', 'third', { IfMatch: ETag }))).toEqual({
      code: 'PreconditionFailed',
      status: 412,
    });
    expect(await text(client, 'k')).toBe('second');
  });

  test('of putting: If-None-Match takes no ETag', async () => {
    const { client } = await setUp();
    expect(await failure(put(client, 'k', 'x', { IfNoneMatch: '"etag"' }))).toEqual({
      code: 'NotImplemented',
      status: 501,
    });
  });
});

describe('deleting', () => {
  const remove = (client: S3Client, Key: string, IfMatch?: string) =>
    client.send(new DeleteObjectCommand({ Bucket, Key, ...(IfMatch && { IfMatch }) }));

  test('succeeds whether the object is there or not', async () => {
    const { client } = await setUp();
    await put(client, 'k');
    expect(await remove(client, 'k')).toMatchObject({ $metadata: { httpStatusCode: 204 } });
    expect(await remove(client, 'k')).toMatchObject({ $metadata: { httpStatusCode: 204 } });
    expect(await failure(get(client, 'k'))).toMatchObject({ code: 'NoSuchKey' });
  });

  test('with If-Match takes the right object or none', async () => {
    const { client } = await setUp();
    expect(await failure(remove(client, 'k', '*'))).toEqual({ code: 'NoSuchKey', status: 404 });
    const { ETag } = await put(client, 'k');
    expect(await failure(remove(client, 'k', '"other"'))).toEqual({ code: 'PreconditionFailed', status: 412 });
    await remove(client, 'k', ETag);
    expect(await failure(get(client, 'k'))).toMatchObject({ code: 'NoSuchKey' });
  });

  test('of many at once tells of each, or quietly of errors only', async () => {
    const { client } = await setUp();
    for (const key of ['a', 'b', 'c']) await put(client, key);
    const Objects = [{ Key: 'a' }, { Key: 'missing' }, { Key: 'b', ETag: '"other"' }];

    const loud = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    const quiet = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'c' }], Quiet: true } }),
    );

    expect(loud.Deleted).toEqual([{ Key: 'a' }, { Key: 'missing' }]);
    expect(loud.Errors).toMatchObject([{ Key: 'b', Code: 'PreconditionFailed' }]);
    expect([quiet.Deleted, quiet.Errors]).toEqual([undefined, undefined]);
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['b']);
  });

  test('takes 1 to 1,000 keys, guarded by a checksum', async () => {
    const { client, server } = await setUp();
    const some = (length: number) => ({ Objects: Array.from({ length }, (_, i) => ({ Key: `${i}` })) });
    expect((await client.send(new DeleteObjectsCommand({ Bucket, Delete: some(1000) }))).Deleted).toHaveLength(1000);
    const tooMany = client.send(new DeleteObjectsCommand({ Bucket, Delete: some(1001) }));
    expect(await failure(tooMany)).toEqual({ code: 'MalformedXML', status: 400 });
    const body = '<Delete><Object><Key>a</Key></Object></Delete>';
    expect(codeOf(await raw(server.endpoint, { method: 'POST', path: '/files?delete', body }))).toBe('InvalidRequest');
  });
});

describe('anything else', () => {
  test.each([
    ['GET', '/files?versioning'],
    ['GET', '/files'],
    ['PUT', '/files?lifecycle'],
    ['DELETE', '/files'],
    ['GET', '/files/k?versionId=1'],
    ['PUT', '/files/k?acl'],
    ['POST', '/files/k?restore'],
    ['DELETE', '/files/k?tagging'],
    ['PATCH', '/files/k'],
  ])('%s %s is not implemented, in XML', async (method, path) => {
    const { server } = await setUp();
    const answer = await raw(server.endpoint, { method, path });
    expect([answer.status, codeOf(answer)]).toEqual([501, 'NotImplemented']);
    expect(answer.text).toContain(`<RequestId>${answer.headers['x-amz-request-id']}</RequestId>`);
  });

  test('a header that asks for more than is done is refused', async () => {
    const { client } = await setUp();
    expect(await failure(put(client, 'k', 'x', { ACL: 'public-read' }))).toEqual({
      code: 'NotImplemented',
      status: 501,
    });
  });
});
