import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { createHasher, type DigestAlgorithm } from '../../../../infra/local/s3/checksums.ts';
import { type S3Server, startS3Server } from '../../../../infra/local/s3/server.ts';

export const bucket = 'files';
/** Bytes: the smallest part that need not be the last. */
export const minimumPart = 5 * 1024 ** 2;

/** A client that tries once. */
export function connect(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'eu-north-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
}

/** A directory that goes with the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 's3-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

/** A server with a bucket, and a client; both end with the test. */
export async function setUp(): Promise<{ server: S3Server; client: S3Client; directory: string }> {
  const directory = await temporaryDirectory();
  const server = await startS3Server({ directory });
  const client = connect(server.endpoint);
  onTestFinished(async () => {
    client.destroy();
    await server.stop();
  });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return { server, client, directory };
}

/** The code and status of the error that S3 answers. */
export async function failure(sent: Promise<unknown>): Promise<{ code: string; status: number | undefined }> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof S3ServiceException) return { code: error.name, status: error.$metadata.httpStatusCode };
    throw error;
  }
  throw new Error('It was no failure.');
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** A request as it is written, for what the SDK would never send. */
export function raw(
  endpoint: string,
  {
    method = 'GET',
    path,
    headers = {},
    body,
  }: { method?: string; path: string; headers?: object; body?: Buffer | string },
): Promise<RawAnswer> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, method, headers: { ...headers } }, async (response) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(pieces).toString() });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A digest in base64. */
export async function checksum(algorithm: DigestAlgorithm, data: string | Buffer): Promise<string> {
  const hasher = await createHasher(algorithm);
  hasher.update(Buffer.from(data));
  return hasher.digest().toString('base64');
}

/** The code in an XML error. */
export function codeOf({ text }: RawAnswer): string | undefined {
  return /<Code>(\w+)<\/Code>/.exec(text)?.[1];
}
