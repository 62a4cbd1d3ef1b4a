import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCorsRules } from '../../../../infra/local/s3/cors.ts';
import { startS3Server } from '../../../../infra/local/s3/server.ts';
import { newCredentials } from '../../../../infra/local/services/guard.ts';
import { temporaryDirectory } from './s3-fixture.ts';

const page = 'http://127.0.0.1:4711';
const consolePage = 'http://localhost:4712';

/** An address of the embedded S3 to which a file is put, with rules for the bucket as the template has them. */
async function setUp() {
  const credentials = newCredentials();
  const server = await startS3Server({ directory: await temporaryDirectory(), ...credentials });
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'eu-north-1',
    forcePathStyle: true,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  onTestFinished(async () => {
    client.destroy();
    await server.stop();
  });
  const bucket = 'attachments';
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const rule = {
    AllowedOrigins: [
      'https://api.execute-api.example',
      'https://console.centre.example',
      'https://*.cloudfront.example',
    ],
    AllowedMethods: ['PUT', 'GET'],
    AllowedHeaders: ['content-type', 'if-none-match'],
    ExposedHeaders: ['etag'],
    MaxAge: 3_600,
  };
  const resource = { id: bucket, type: 'AWS::S3::Bucket', properties: { CorsConfiguration: { CorsRules: [rule] } } };
  const own = new Map([
    ['https://api.execute-api.example', page],
    ['https://d1.cloudfront.example', consolePage],
  ]);
  server.setCors(readCorsRules([resource], own));
  const put = new PutObjectCommand({ Bucket: bucket, Key: 'processes/q/f', ContentLength: 5, IfNoneMatch: '*' });
  const url = await getSignedUrl(client, put, { expiresIn: 60 });
  const preflight = (origin: string, headers: string, method = 'PUT') =>
    fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': headers },
    });
  const upload = (origin: string) =>
    fetch(url, { method: 'PUT', headers: { origin, 'if-none-match': '*' }, body: 'bytes' });
  return { url, preflight, upload };
}

describe('a page', () => {
  it('of an origin that the bucket lets in uploads to a presigned address, as a browser does it', async () => {
    const { url, preflight, upload } = await setUp();
    const asked = await preflight(page, 'content-type,if-none-match');
    expect(asked.status).toBe(200);
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': page,
      'access-control-allow-methods': 'PUT, GET',
      'access-control-allow-headers': 'content-type, if-none-match',
      'access-control-max-age': '3600',
    });
    const sent = await upload(page);
    expect(sent.status).toBe(200);
    expect(sent.headers.get('access-control-allow-origin')).toBe(page);
    expect(sent.headers.get('access-control-expose-headers')).toBe('etag');
    // The page reads refusals, too.
    const again = await upload('https://console.centre.example');
    expect(again.status).toBe(412);
    expect(again.headers.get('access-control-allow-origin')).toBe('https://console.centre.example');
    expect((await upload(consolePage)).headers.get('access-control-allow-origin')).toBe(consolePage);
    expect((await fetch(url.replace(/Signature=\w/, 'Signature=x'), { headers: { origin: page } })).status).toBe(403);
  });

  it('of another origin, or with other headers or methods, is refused', async () => {
    const { preflight, upload } = await setUp();
    for (const asked of [
      await preflight('https://evil.example', 'if-none-match'),
      await preflight('https://api.execute-api.example', 'if-none-match'),
      await preflight(page, 'x-amz-acl'),
      await preflight(page, '', 'DELETE'),
    ]) {
      expect(asked.status).toBe(403);
      expect(asked.headers.get('access-control-allow-origin')).toBeNull();
    }
    const sent = await upload('https://evil.example');
    expect(sent.status).toBe(403);
    expect(sent.headers.get('access-control-allow-origin')).toBeNull();
  });
});
