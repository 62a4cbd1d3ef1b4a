import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { bucket, checksum, codeOf, failure, minimumPart, raw, setUp } from './s3-fixture.ts';

const target = { Bucket: bucket, Key: 'k' };
const first = Buffer.alloc(minimumPart, 'first part ');
const last = Buffer.from('last part');
const whole = Buffer.concat([first, last]);

/** An upload of two parts, and how to complete it. */
async function upload(
  client: S3Client,
  create: Partial<CreateMultipartUploadCommandInput> = {},
  bodies = [first, last],
) {
  const choice = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT', ...create } as const;
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ...choice }));
  const algorithm = { ChecksumAlgorithm: choice.ChecksumAlgorithm };
  const parts: CompletedPart[] = [];
  for (const [index, Body] of bodies.entries()) {
    const PartNumber = index + 1;
    const sent = await client.send(new UploadPartCommand({ ...target, ...algorithm, UploadId, PartNumber, Body }));
    const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 } = sent;
    const sums = { ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumSHA1, ChecksumSHA256 };
    parts.push({
      PartNumber,
      ETag,
      ...Object.fromEntries(Object.entries(sums).filter(([, value]) => value !== undefined)),
    });
  }
  const complete = (Parts = parts, more: Partial<CompleteMultipartUploadCommandInput> = {}) =>
    client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts }, ...more }));
  return { UploadId, parts, complete };
}

describe('a multipart upload', () => {
  test('becomes one object with what was said at its creation', async () => {
    const { client } = await setUp();
    const said = { Metadata: { md5: 'abc' }, ContentType: 'text/plain', ServerSideEncryption: 'aws:kms' as const };
    const { complete } = await upload(client, said);
    expect(await failure(client.send(new HeadObjectCommand(target)))).toMatchObject({ status: 404 });

    const completed = await complete();

    const found = await client.send(new GetObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
    expect(found).toMatchObject({ ...said, ContentLength: whole.length, ETag: completed.ETag });
    expect(found.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
    expect(whole.equals((await found.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  test('can be read in ranges across parts', async () => {
    const { client } = await setUp();
    await (await upload(client)).complete();
    const Range = `bytes=${first.length - 3}-${first.length + 3}`;
    const found = await client.send(new GetObjectCommand({ ...target, Range }));
    expect(await found.Body?.transformToString()).toBe(whole.toString('latin1', first.length - 3, first.length + 4));
  });

  test('has the MD5 of MD5s as its ETag where parts were sent with Content-MD5', async () => {
    const { client } = await setUp();
    const create = { ...target, ChecksumAlgorithm: 'CRC32' } as const;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(create));
    const md5 = createHash('md5').update(last).digest();
    const ContentMD5 = md5.toString('base64');
    const { ETag } = await client.send(
      new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: last, ContentMD5 }),
    );
    expect(ETag).toBe(`"${md5.toString('hex')}"`);
    const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32: await checksum('CRC32', last) }];
    const done = await client.send(
      new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
    );
    expect(done.ETag).toBe(`"${createHash('md5').update(md5).digest('hex')}-1"`);
  });

  test('takes the last part of a number, any numbers in order, and not all of them', async () => {
    const { client, directory } = await setUp();
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    );
    const send = (PartNumber: number, Body: Buffer) =>
      client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body }));
    await send(10_000, Buffer.from('replaced'));
    const { ETag: end } = await send(10_000, last);
    const { ETag: begin } = await send(7, first);
    await send(8, Buffer.from('left out'));
    const Parts = [
      { PartNumber: 7, ETag: begin },
      { PartNumber: 10_000, ETag: end },
    ];

    await client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }));

    const found = await client.send(new GetObjectCommand(target));
    expect((await found.Body?.transformToByteArray())?.length).toBe(whole.length);
    expect(await readdir(join(directory, 'blobs'))).toHaveLength(2);
  });

  test('is over once completed or aborted', async () => {
    const { client, directory } = await setUp();
    const completed = await upload(client);
    await completed.complete();
    const aborted = await upload(client);
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: aborted.UploadId }));

    for (const { UploadId, complete } of [completed, aborted]) {
      const gone = { code: 'NoSuchUpload', status: 404 };
      expect(await failure(complete())).toEqual(gone);
      expect(await failure(client.send(new AbortMultipartUploadCommand({ ...target, UploadId })))).toEqual(gone);
      expect(await failure(client.send(new ListPartsCommand({ ...target, UploadId })))).toEqual(gone);
      const part = new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x' });
      expect(await failure(client.send(part))).toEqual(gone);
    }
    expect(await readdir(join(directory, 'blobs'))).toHaveLength(2);
  });

  test('aborted while a part comes in leaves nothing of it', async () => {
    const { client, directory } = await setUp();
    const { UploadId } = await upload(client, {}, []);
    const { readable, writable } = new TransformStream<Buffer, Buffer>();
    const writer = writable.getWriter();
    const request = { ...target, UploadId, PartNumber: 1, ContentLength: 20_000, ChecksumAlgorithm: 'CRC32' } as const;
    const sending = failure(client.send(new UploadPartCommand({ ...request, Body: Readable.fromWeb(readable) })));
    await writer.write(Buffer.alloc(10_000));

    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
    await writer.write(Buffer.alloc(10_000));
    await writer.close();

    expect(await sending).toEqual({ code: 'NoSuchUpload', status: 404 });
    expect(await readdir(join(directory, 'blobs'))).toEqual([]);
  });

  test('belongs to its key', async () => {
    const { client } = await setUp();
    const { UploadId } = await upload(client, {}, []);
    const part = new UploadPartCommand({ Bucket: bucket, Key: 'other', UploadId, PartNumber: 1, Body: 'x' });
    expect(await failure(client.send(part))).toEqual({ code: 'NoSuchUpload', status: 404 });
  });
});

describe('parts', () => {
  test.each([0, 10_001])('have no number %d', async (PartNumber) => {
    const { client } = await setUp();
    const { UploadId } = await upload(client, {}, []);
    const part = client.send(new UploadPartCommand({ ...target, UploadId, PartNumber, Body: 'x' }));
    expect(await failure(part)).toEqual({ code: 'InvalidArgument', status: 400 });
  });

  test('are at least 5 MiB, but for the last', async () => {
    const { client } = await setUp();
    const { complete } = await upload(client, {}, [first.subarray(1), last]);
    expect(await failure(complete())).toEqual({ code: 'EntityTooSmall', status: 400 });
  });

  test('are at most 5 GiB', async () => {
    const { client, server } = await setUp();
    const { UploadId } = await upload(client, {}, []);
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': `${5 * 1024 ** 3 + 1}`,
    };
    const path = `/files/k?partNumber=1&uploadId=${UploadId}`;
    expect(codeOf(await raw(server.endpoint, { method: 'PUT', path, headers, body: '0\r\n\r\n' }))).toBe(
      'EntityTooLarge',
    );
  });

  test('are named in order, with the right ETag and checksum', async () => {
    const { client } = await setUp();
    const { parts, complete } = await upload(client);
    const [one, two] = parts;

    expect(await failure(complete([{ ...two }, { ...one }]))).toEqual({ code: 'InvalidPartOrder', status: 400 });
    expect(await failure(complete([{ ...one }, { ...one }]))).toEqual({ code: 'InvalidPartOrder', status: 400 });
    expect(await failure(complete([{ ...one, ETag: two?.ETag }]))).toEqual({ code: 'InvalidPart', status: 400 });
    expect(await failure(complete([{ ...one, PartNumber: 3 }]))).toEqual({ code: 'InvalidPart', status: 400 });
    expect(await failure(complete([{ ...one, ChecksumCRC32: 'AAAAAA==' }]))).toEqual({
      code: 'InvalidPart',
      status: 400,
    });
    expect(await failure(complete([]))).toEqual({ code: 'MalformedXML', status: 400 });
    await complete();
  });

  test('with a wrong checksum are not stored', async () => {
    const { client } = await setUp();
    const { UploadId } = await upload(client, {}, []);
    const part = new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'x', ChecksumCRC32: 'AAAAAA==' });
    expect(await failure(client.send(part))).toEqual({ code: 'BadDigest', status: 400 });
    expect((await client.send(new ListPartsCommand({ ...target, UploadId }))).Parts).toBeUndefined();
  });

  test.each([
    ['another than the upload', 'CRC32', 'FULL_OBJECT', { 'x-amz-checksum-crc32c': 'AAAAAA==' }],
    ['none where checksums are of parts', 'SHA256', 'COMPOSITE', {}],
  ] as const)('may not have a checksum of %s', async (_, ChecksumAlgorithm, ChecksumType, headers) => {
    const { client, server } = await setUp();
    const { UploadId } = await upload(client, { ChecksumAlgorithm, ChecksumType }, []);
    const path = `/files/k?partNumber=1&uploadId=${UploadId}`;
    const answer = await raw(server.endpoint, { method: 'PUT', path, headers, body: 'x' });
    expect([codeOf(answer), answer.text]).toEqual([
      'InvalidRequest',
      expect.stringContaining('Checksum Type mismatch'),
    ]);
  });
});

describe('the checksum of a multipart upload', () => {
  test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('is %s of the whole object', async (ChecksumAlgorithm) => {
    const { client } = await setUp();
    const { complete } = await upload(client, { ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' });
    const expected = await checksum(ChecksumAlgorithm, whole);
    const name = `Checksum${ChecksumAlgorithm}`;

    const wrong = complete(undefined, { [name]: await checksum(ChecksumAlgorithm, last) });
    expect(await failure(wrong)).toEqual({ code: 'BadDigest', status: 400 });
    const completed = await complete(undefined, { [name]: expected, ChecksumType: 'FULL_OBJECT' });

    expect(completed).toMatchObject({ [name]: expected, ChecksumType: 'FULL_OBJECT' });
    // The SDK verifies this one by itself while reading.
    const found = await client.send(new GetObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
    expect(found).toMatchObject({ [name]: expected, ChecksumType: 'FULL_OBJECT' });
    expect((await found.Body?.transformToByteArray())?.length).toBe(whole.length);
  });

  test.each(['SHA256', 'SHA1', 'CRC32'] as const)('is %s of the parts', async (ChecksumAlgorithm) => {
    const { client } = await setUp();
    const { parts, complete } = await upload(client, { ChecksumAlgorithm, ChecksumType: 'COMPOSITE' });
    const sums = await Promise.all(
      [first, last].map(async (part) => Buffer.from(await checksum(ChecksumAlgorithm, part), 'base64')),
    );
    const expected = `${await checksum(ChecksumAlgorithm, Buffer.concat(sums))}-2`;

    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    expect(await failure(complete(bare))).toEqual({ code: 'InvalidRequest', status: 400 });
    await complete();

    const head = await client.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ [`Checksum${ChecksumAlgorithm}`]: expected, ChecksumType: 'COMPOSITE' });
  });

  test('is CRC64NVME of the whole when none is asked for', async () => {
    const { client, server } = await setUp();
    const created = await raw(server.endpoint, { method: 'POST', path: '/files/k?uploads' });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(created.text)?.[1];
    const part = { method: 'PUT', path: `/files/k?partNumber=1&uploadId=${uploadId}`, body: 'x' };
    const { headers } = await raw(server.endpoint, part);
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${headers.etag}</ETag></Part></CompleteMultipartUpload>`;
    await raw(server.endpoint, { method: 'POST', path: `/files/k?uploadId=${uploadId}`, body });
    const head = await client.send(new HeadObjectCommand({ ...target, ChecksumMode: 'ENABLED' }));
    expect(head.ChecksumCRC64NVME).toBe(await checksum('CRC64NVME', Buffer.from('x')));
  });

  test.each([
    ['SHA256', 'FULL_OBJECT'],
    ['CRC64NVME', 'COMPOSITE'],
  ] as const)('%s is never %s', async (ChecksumAlgorithm, ChecksumType) => {
    const { client } = await setUp();
    const created = client.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm, ChecksumType }));
    expect(await failure(created)).toEqual({ code: 'InvalidRequest', status: 400 });
  });
});

describe('completing', () => {
  test('verifies the size and the type of checksum', async () => {
    const { client } = await setUp();
    const { complete } = await upload(client);
    const invalid = { code: 'InvalidRequest', status: 400 };
    expect(await failure(complete(undefined, { MpuObjectSize: whole.length - 1 }))).toEqual(invalid);
    expect(await failure(complete(undefined, { ChecksumType: 'COMPOSITE' }))).toEqual(invalid);
    await complete(undefined, { MpuObjectSize: whole.length });
  });

  test('with conditions may fail, and then the upload is still there', async () => {
    const { client } = await setUp();
    const { complete } = await upload(client);
    expect(await failure(complete(undefined, { IfMatch: '"any"' }))).toEqual({ code: 'NoSuchKey', status: 404 });
    const { ETag } = await client.send(new PutObjectCommand({ ...target, Body: 'there before' }));
    const failed = { code: 'PreconditionFailed', status: 412 };
    expect(await failure(complete(undefined, { IfNoneMatch: '*' }))).toEqual(failed);
    expect(await failure(complete(undefined, { IfMatch: '"other"' }))).toEqual(failed);
    await complete(undefined, { IfMatch: ETag });
  });
});

describe('listing', () => {
  test('parts: in order, in pages', async () => {
    const { client } = await setUp();
    const { UploadId, parts } = await upload(client, {}, [first, last, last]);
    const request = { ...target, UploadId, MaxParts: 2 };

    const one = await client.send(new ListPartsCommand(request));
    const two = await client.send(new ListPartsCommand({ ...request, PartNumberMarker: one.NextPartNumberMarker }));
    const none = await client.send(new ListPartsCommand({ ...request, PartNumberMarker: two.NextPartNumberMarker }));

    expect(one).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2', ChecksumType: 'FULL_OBJECT' });
    expect(two).toMatchObject({ IsTruncated: false, NextPartNumberMarker: '3' });
    expect(none).toMatchObject({ IsTruncated: false, NextPartNumberMarker: '0' });
    const listed = [...(one.Parts ?? []), ...(two.Parts ?? [])];
    expect(listed).toMatchObject(parts);
    expect(listed.map(({ Size }) => Size)).toEqual([first.length, last.length, last.length]);
  });

  test('uploads: by key and age, with a prefix, in pages', async () => {
    const { client } = await setUp();
    const ids: string[] = [];
    for (const Key of ['b', 'p/2', 'p/1', 'p/1']) {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
      ids.push(`${Key} ${UploadId}`);
    }
    const [, two, ...ones] = ids;
    const pages: string[][] = [];
    for (let markers = {}, more: boolean | undefined = true; more; ) {
      const page = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'p/', MaxUploads: 1, ...markers }),
      );
      pages.push((page.Uploads ?? []).map(({ Key, UploadId }) => `${Key} ${UploadId}`));
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      more = page.IsTruncated;
    }
    expect(pages.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(pages.flat().slice(0, 2).sort()).toEqual(ones.sort());
    expect(pages.flat()[2]).toBe(two);
  });
});
