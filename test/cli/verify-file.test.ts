import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { differences, type ObjectDescription } from '../../infra/cli/files/read-back.ts';
import { readObject } from '../../infra/cli/files/read-object.ts';
import type { FileRow } from '../../shared/files/file.ts';
import { fileRow, resultRow } from '../support/file-rows.ts';
import { type TestGateway, useGateways } from './gateway-fixture.ts';

const md5Of = (content: Buffer) => createHash('md5').update(content).digest('hex');
const content = randomBytes(100_000);

describe('npm run operator -- verify-file', () => {
  const createGateway = useGateways();
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await createGateway();
  });

  /** A file that the gateway stored; the object may have become another. */
  async function store(fileId: string, { body = content, metadata = md5Of(content) } = {}): Promise<FileRow> {
    const file = fileRow(fileId, { checksum: md5Of(content), size: content.length });
    const target = { Bucket: gateway.bucket, Key: file.objectKey };
    await gateway.s3.send(new PutObjectCommand({ ...target, Body: body, Metadata: { md5: metadata } }));
    await gateway.addFiles(file);
    return file;
  }

  it('finds a file sound that is what DST announced', async () => {
    await store('a/b');
    const { code, output, errors } = await gateway.operate('verify-file', 'a/b');
    expect([code, errors]).toEqual([0, '']);
    expect(output).toBe(`sound       a/b  100 kB, MD5 ${md5Of(content)}\n1 sound (100 kB)\n`);
  });

  it('finds a large one sound, by the checksum of the whole that S3 has of it too', async () => {
    const large = randomBytes(20_000_000);
    const file = fileRow('large', { checksum: md5Of(large), size: large.length });
    await gateway.addFiles(file);
    const params = { Bucket: gateway.bucket, Key: file.objectKey, Body: large, Metadata: { md5: file.checksum } };
    await new Upload({ client: gateway.s3, params: { ...params, ChecksumType: 'FULL_OBJECT' } }).done();

    expect(await gateway.operate('verify-file', 'large')).toMatchObject({ code: 0, errors: '' });
  });

  it("tells of each of a project's files, and ends with 1 when one is not as it should be", async () => {
    await store('f-1');
    await store('f-2', { body: Buffer.concat([content.subarray(1), content.subarray(0, 1)]) });
    await store('f-3', { metadata: 'another' });
    const md5 = md5Of(content);
    await gateway.addFiles(
      fileRow('f-4', { size: 5, checksum: md5 }),
      fileRow('f-5', { state: 'copying', checksum: md5 }),
      fileRow('f-6', { state: 'failed', checksum: md5, lastError: 'the portal has none' }),
      fileRow('f-7', { projectNo: '1002' }),
      resultRow('r.csv'),
    );

    const { code, output } = await gateway.operate('verify-file', '--project', '1001');

    expect(code).toBe(1);
    const lines = output.trimEnd().split('\n');
    expect(lines.slice(0, -2).sort()).toEqual([
      expect.stringMatching(`^differs     f-2  its MD5 is [0-9a-f]{32}, DST announced ${md5}$`),
      `differs     f-3  the MD5 in its metadata is another, DST announced ${md5}`,
      'differs     f-4  S3 has no such object',
      'not stored  f-5  copying',
      'not stored  f-6  failed: the portal has none',
      `sound       f-1  100 kB, MD5 ${md5}`,
    ]);
    expect(lines.at(-2)).toBe('1 sound (100 kB), 3 differs (200 kB), 2 not stored (0 B)');
    expect(lines.at(-1)).toContain('files fetch-again FILE');
  });

  it('does not take for damage what is not stored yet', async () => {
    await gateway.addFiles(fileRow('f', { state: 'pending' }));
    expect(await gateway.operate('verify-file', 'f')).toMatchObject({ code: 0 });
  });

  it('says when there is nothing to verify', async () => {
    await gateway.addFiles(resultRow('r.csv'));
    const none = await gateway.operate('verify-file', '--project', '1001');
    const never = await gateway.operate('verify-file', '--project', '1002');
    const unknown = await gateway.operate('verify-file', 'f');
    const both = await gateway.operate('verify-file', 'f', '--project', '1001');
    expect(none).toEqual({ code: 0, output: 'There are no files.\n', errors: '' });
    expect(never).toMatchObject({ code: 2, errors: expect.stringContaining('there never was a project 1002') });
    expect(unknown).toEqual({ code: 1, output: '', errors: 'There is no file f\n' });
    expect(both).toEqual({ code: 2, output: '', errors: 'Give a fileId or --project\n' });
  });
});

describe('what differs', () => {
  const file = { checksum: 'm', size: 3 };
  const read = { size: 3, md5: 'm', checksums: new Map([['CRC32', 'c']]) };
  const head: ObjectDescription = { Metadata: { md5: 'm' }, ChecksumCRC32: 'c', ChecksumType: 'FULL_OBJECT' };

  it('is nothing when all agree, or S3 only has a checksum of the parts', () => {
    expect(differences(file, head, read)).toEqual([]);
    expect(differences(file, { ...head, ChecksumCRC32: 'x-2', ChecksumType: 'COMPOSITE' }, read)).toEqual([]);
    expect(differences(file, { Metadata: { md5: 'm' } }, read)).toEqual([]);
  });

  it('is told one by one', () => {
    expect(differences(file, { ...head, ChecksumCRC32: 'x' }, read)).toEqual(['its CRC32 is c, S3 has x']);
    expect(differences(file, head, { ...read, size: 2 })).toEqual(['it has 2 bytes, 3 were stored']);
    expect(differences(file, { ...head, Metadata: {} }, read)).toEqual([
      'the MD5 in its metadata is missing, DST announced m',
    ]);
  });
});

describe('reading an object', () => {
  /** As much of S3 as sends a range of an object, breaking off the first answers. */
  async function startBreaking(breaks: number) {
    const ranges: (string | undefined)[] = [];
    const server = createServer((request, answer) => {
      const { range } = request.headers;
      ranges.push(range);
      const rest = content.subarray(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0));
      answer.writeHead(range ? 206 : 200, { 'content-length': rest.length });
      if (ranges.length > breaks) answer.end(rest);
      else answer.write(rest.subarray(0, 1_000), () => setImmediate(() => answer.destroy()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const endpoint = `http://127.0.0.1:${port}`;
    return { ranges, s3: new S3Client({ endpoint, region: 'eu-north-1', credentials, forcePathStyle: true }) };
  }

  it('goes on where the connection broke', async () => {
    const { s3, ranges } = await startBreaking(3);
    const chunks = await Array.fromAsync(readObject(s3, { Bucket: 'b', Key: 'k', IfMatch: 'e' }, content.length, 1));
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=1000-', 'bytes=2000-', 'bytes=3000-']);
  });
});
