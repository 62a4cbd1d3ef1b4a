import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startS3Server } from '../../../../infra/local/s3/server.ts';
import { newCredentials } from '../../../../infra/local/services/guard.ts';
import { bucket as Bucket, temporaryDirectory } from './s3-fixture.ts';

const Key = 'processes/a b/å+%';

const checksums = { requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' } as const;

async function setUp() {
  const credentials = newCredentials();
  const server = await startS3Server({ directory: await temporaryDirectory(), ...credentials });
  const config = { endpoint: server.endpoint, region: 'eu-north-1', forcePathStyle: true } as const;
  const client = new S3Client({ ...config, credentials, ...checksums });
  onTestFinished(async () => {
    client.destroy();
    await server.stop();
  });
  await client.send(new CreateBucketCommand({ Bucket }));
  const put = (input: object, secretAccessKey = credentials.secretAccessKey) => {
    const signer = new S3Client({
      ...config,
      credentials: { ...credentials, secretAccessKey },
      ...checksums,
    });
    return getSignedUrl(signer, new PutObjectCommand({ Bucket, Key, ...input }), { expiresIn: 60 });
  };
  return { client, put };
}

const upload = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', body, headers });

describe('a presigned URL', () => {
  it('lets who has it put one object of the signed length, once', async () => {
    const { client, put } = await setUp();
    const url = await put({ ContentLength: 5, IfNoneMatch: '*' });
    const once = { 'if-none-match': '*' };
    expect((await upload(url, 'hello')).status).toBe(403);
    expect((await upload(url, 'longer', once)).status).toBe(403);
    expect((await upload(url.replace('a%20b', 'c'), 'hello', once)).status).toBe(403);
    expect((await upload(url, 'hello', once)).status).toBe(200);
    expect((await upload(url, 'other', once)).status).toBe(412);
    expect(await client.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ ContentLength: 5 });
    expect((await fetch(url)).status).toBe(403);
  });

  it('has S3 check the signed sum', async () => {
    const { put } = await setUp();
    const ContentMD5 = 'XUFAKrxLKna5cZ2REBfFkg==';
    const url = await put({ ContentMD5 });
    expect((await upload(url, 'world', { 'content-md5': ContentMD5 })).status).toBe(400);
    expect((await upload(url, 'hello', { 'content-md5': ContentMD5 })).status).toBe(200);
  });

  it('counts with the right secret, until it expires', async () => {
    const { put } = await setUp();
    expect((await upload(await put({}, 'another'), 'hello')).status).toBe(403);
    const url = await put({});
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const answer = await upload(url, 'hello');
    expect(answer.status).toBe(403);
    expect(await answer.text()).toContain('Request has expired');
  });

  it('names the headers with which an object is given', async () => {
    const { client } = await setUp();
    await client.send(new PutObjectCommand({ Bucket, Key, Body: '<p>', ContentType: 'text/html' }));
    const ResponseContentDisposition = `attachment; filename="a.html"`;
    const command = new GetObjectCommand({
      Bucket,
      Key,
      ResponseContentDisposition,
      ResponseContentType: 'application/octet-stream',
    });
    const answer = await fetch(await getSignedUrl(client, command, { expiresIn: 60 }));
    expect(await answer.text()).toBe('<p>');
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': ResponseContentDisposition,
    });
  });
});
