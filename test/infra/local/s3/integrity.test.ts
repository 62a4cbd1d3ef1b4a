import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect as openSocket } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { bucket, checksum, codeOf, failure, raw, setUp } from './s3-fixture.ts';

const Bucket = bucket;
const base64 = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('base64');
const put = (client: S3Client, more: Partial<PutObjectCommandInput>) =>
  client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'content', ...more }));
const keys = async (client: S3Client) => (await client.send(new ListObjectsV2Command({ Bucket }))).Contents;

/** Checksums of `content`. */
const sums = {
  ChecksumCRC32: await checksum('CRC32', 'content'),
  ChecksumCRC32C: await checksum('CRC32C', 'content'),
  ChecksumCRC64NVME: await checksum('CRC64NVME', 'content'),
  ChecksumSHA1: await checksum('SHA1', 'content'),
  ChecksumSHA256: await checksum('SHA256', 'content'),
};

describe('Content-MD5', () => {
  test('is verified', async () => {
    const { client } = await setUp();
    expect(await failure(put(client, { ContentMD5: base64('md5', 'other') }))).toEqual({
      code: 'BadDigest',
      status: 400,
    });
    expect(await keys(client)).toBeUndefined();
    expect(await put(client, { ContentMD5: base64('md5', 'content') })).toMatchObject({
      $metadata: { httpStatusCode: 200 },
    });
  });

  test.each(['no base64!', 'c2hvcnQ='])('%s can be none', async (ContentMD5) => {
    const { client } = await setUp();
    expect(await failure(put(client, { ContentMD5 }))).toEqual({ code: 'InvalidDigest', status: 400 });
  });
});

describe('checksums', () => {
  test.each(Object.entries(sums))('%s is verified, kept and returned', async (name, sum) => {
    const { client } = await setUp();
    const wrong = Buffer.alloc(Buffer.from(sum, 'base64').length).toString('base64');
    expect(await failure(put(client, { [name]: wrong }))).toEqual({ code: 'BadDigest', status: 400 });
    expect(await keys(client)).toBeUndefined();

    expect(await put(client, { [name]: sum })).toMatchObject({ [name]: sum, ChecksumType: 'FULL_OBJECT' });

    const request = { Bucket, Key: 'k' };
    const head = await client.send(new HeadObjectCommand({ ...request, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ [name]: sum, ChecksumType: 'FULL_OBJECT' });
    expect(await client.send(new HeadObjectCommand(request))).not.toHaveProperty(name);
    const found = await client.send(new GetObjectCommand({ ...request, ChecksumMode: 'ENABLED' }));
    expect(await found.Body?.transformToString()).toBe('content');
  });

  test('are computed as CRC64NVME when none is sent', async () => {
    const { client, server } = await setUp();
    await raw(server.endpoint, { method: 'PUT', path: '/files/k', body: 'content' });
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
    expect(head.ChecksumCRC64NVME).toBe(sums.ChecksumCRC64NVME);
  });

  test.each([
    ['two at once', { 'x-amz-checksum-crc32': sums.ChecksumCRC32, 'x-amz-checksum-sha1': sums.ChecksumSHA1 }],
    ['one of the wrong length', { 'x-amz-checksum-crc32': 'AAAA' }],
    ['one named but not sent', { 'x-amz-sdk-checksum-algorithm': 'CRC32' }],
  ])('are refused: %s', async (_, headers) => {
    const { server } = await setUp();
    const answer = await raw(server.endpoint, { method: 'PUT', path: '/files/k', headers, body: 'content' });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'InvalidRequest']);
  });

  test('the payload hash of the signature is verified too', async () => {
    const { server } = await setUp();
    const send = (text: string) => {
      const headers = { 'x-amz-content-sha256': createHash('sha256').update(text).digest('hex') };
      return raw(server.endpoint, { method: 'PUT', path: '/files/k', headers, body: 'content' });
    };
    expect(codeOf(await send('other'))).toBe('XAmzContentSHA256Mismatch');
    expect((await send('content')).status).toBe(200);
  });
});

describe('trailing checksums', () => {
  const stream = () => Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(70_000, 'b'), Buffer.from('end')]);

  test.each(Object.values(ChecksumAlgorithm).filter((name) => /^CRC|^SHA(1|256)$/.test(name)))(
    '%s comes after a stream',
    async (algorithm) => {
      const { client } = await setUp();
      await put(client, {
        Body: stream(),
        ContentLength: 140_003,
        ChecksumAlgorithm: algorithm,
        ContentEncoding: 'gzip',
      });

      const found = await client.send(new GetObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
      expect(found).toHaveProperty(`Checksum${algorithm}`);
      expect(found.ContentEncoding).toBe('gzip');
      expect((await found.Body?.transformToByteArray())?.length).toBe(140_003);
    },
  );

  const send = (endpoint: string, body: string, headers = {}) =>
    raw(endpoint, {
      method: 'PUT',
      path: '/files/k',
      headers: {
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '7',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        'content-encoding': 'aws-chunked',
        ...headers,
      },
      body,
    });

  test.each([
    ['a wrong sum', '7\r\ncontent\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'BadDigest'],
    ['no sum at all', '7\r\ncontent\r\n0\r\n\r\n', 'MalformedTrailerError'],
    ['less than was said', '6\r\nconten\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'IncompleteBody'],
    ['more than was said', '8\r\ncontents\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', 'IncompleteBody'],
    ['no last chunk', '7\r\ncontent\r\n', 'IncompleteBody'],
  ])('leave nothing behind with %s', async (_, body, code) => {
    const { client, server } = await setUp();
    const answer = await send(server.endpoint, body);
    expect([answer.status, codeOf(answer)]).toEqual([400, code]);
    expect(await keys(client)).toBeUndefined();
  });

  test.each(['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'])(
    '%s is understood',
    async (kind) => {
      const { client, server } = await setUp();
      const sign = `;chunk-signature=${'0'.repeat(64)}`;
      const trailer = kind.endsWith('TRAILER') ? `x-amz-checksum-crc32:${sums.ChecksumCRC32}\r\n` : '';
      const headers = { 'x-amz-content-sha256': kind, ...(trailer ? {} : { 'x-amz-trailer': [] }) };

      const answer = await send(server.endpoint, `7${sign}\r\ncontent\r\n0${sign}\r\n${trailer}\r\n`, headers);

      expect([answer.status, answer.text]).toEqual([200, '']);
      const found = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
      expect(found.ContentEncoding).toBeUndefined();
      expect(await found.Body?.transformToString()).toBe('content');
    },
  );
});

describe('length', () => {
  test('must be told', async () => {
    const { server } = await setUp();
    const headers = { 'transfer-encoding': 'chunked' };
    const answer = await raw(server.endpoint, { method: 'PUT', path: '/files/k', headers, body: 'content' });
    expect([answer.status, codeOf(answer)]).toEqual([501, 'NotImplemented']);
  });

  test('must be at most 5 GiB', async () => {
    const { server } = await setUp();
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': `${5 * 1024 ** 3 + 1}`,
    };
    const answer = await raw(server.endpoint, { method: 'PUT', path: '/files/k', headers, body: '0\r\n\r\n' });
    expect([answer.status, codeOf(answer)]).toEqual([400, 'EntityTooLarge']);
  });

  test('not reached before the connection ends, nothing is left', async () => {
    const { client, server, directory } = await setUp();
    const blobs = () => readdir(join(directory, 'blobs'));
    const socket = openSocket(Number(new URL(server.endpoint).port), '127.0.0.1');
    socket.write(`PUT /files/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${'a'.repeat(50_000)}`);
    await vi.waitFor(async () => expect(await blobs()).toHaveLength(1));

    socket.destroy();

    await vi.waitFor(async () => expect(await blobs()).toHaveLength(0));
    expect(await keys(client)).toBeUndefined();
  });
});
