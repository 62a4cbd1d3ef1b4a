import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { account, region } from '../../../../infra/local/resources.ts';
import { bucketNotifier, readNotifications } from '../../../../infra/local/s3/notifications.ts';
import { type S3, startS3 } from '../../../../infra/local/s3/start.ts';
import { type Sqs, startSqs } from '../../../../infra/local/services/sqs.ts';
import type { Json } from '../../../../infra/local/template.ts';

const Bucket = 'files';
const queueArn = `arn:aws:sqs:${region}:${account}:outbox`;
const directory = mkdtempSync(join(tmpdir(), 'bucket-notifications-'));
let sqs: Sqs;
let s3: S3;
let client: S3Client;

const bucketWith = (NotificationConfiguration: Json) => ({ id: 'Files', properties: { NotificationConfiguration } });
const told = (Event: string, ...Rules: { Name: string; Value: string }[]) =>
  bucketWith({ QueueConfigurations: [{ Event, Queue: queueArn, Filter: { S3Key: { Rules } } }] });

beforeAll(async () => {
  sqs = await startSqs();
  await sqs.createQueue({ id: 'outbox', properties: {} });
  const rules = [
    { Name: 'prefix', Value: 'outbox/' },
    { Name: 'suffix', Value: '.csv' },
  ];
  const notifications = readNotifications([told('s3:ObjectCreated:*', ...rules)]);
  s3 = await startS3(directory, { notifications, notify: bucketNotifier(sqs) });
  await s3.createBucket(Bucket);
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  client = new S3Client({ endpoint: s3.endpoint, region, credentials, forcePathStyle: true });
});

afterAll(async () => {
  client.destroy();
  await s3[Symbol.asyncDispose]();
  await sqs[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const put = (Key: string, bucket = Bucket) =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'content' }));

/** Notifications of S3, once there are that many. */
async function news(count: number): Promise<unknown[]> {
  await vi.waitFor(async () => expect(await sqs.count('outbox')).toBe(count), { interval: 5 });
  const messages = await sqs.receive('outbox', 10, 0);
  await sqs.delete(
    'outbox',
    messages.map((message) => message.ReceiptHandle),
  );
  return messages.map(({ Body }) => JSON.parse(Body));
}

const about = (eventName: string, key: string) => ({
  Records: [
    expect.objectContaining({ eventName, s3: expect.objectContaining({ object: expect.objectContaining({ key }) }) }),
  ],
});

describe('a bucket that tells a queue', () => {
  it('does so in the shape that S3 has, with the key encoded as in a form', async () => {
    const { ETag } = await put('outbox/a b+c/Ø%.csv');
    expect(await news(1)).toEqual([
      {
        Records: [
          {
            eventVersion: '2.1',
            eventSource: 'aws:s3',
            awsRegion: 'eu-north-1',
            eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
            eventName: 'ObjectCreated:Put',
            userIdentity: { principalId: expect.any(String) },
            requestParameters: { sourceIPAddress: '127.0.0.1' },
            responseElements: { 'x-amz-request-id': expect.any(String), 'x-amz-id-2': expect.any(String) },
            s3: {
              s3SchemaVersion: '1.0',
              configurationId: 'Files-0',
              bucket: {
                name: Bucket,
                ownerIdentity: { principalId: expect.any(String) },
                arn: `arn:aws:s3:::${Bucket}`,
              },
              object: {
                key: 'outbox/a+b%2Bc/%C3%98%25.csv',
                size: 7,
                eTag: JSON.parse(ETag ?? ''),
                sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
              },
            },
          },
        ],
      },
    ]);
  });

  it('tells of copies and of completed uploads, too', async () => {
    await put('source');
    await client.send(new CopyObjectCommand({ Bucket, Key: 'outbox/copy.csv', CopySource: `${Bucket}/source` }));
    const upload = { Bucket, Key: 'outbox/large.csv' };
    const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const;
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...upload, ...checksum }));
    const part = { ...upload, UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'content' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }));
    const expected = [
      about('ObjectCreated:Copy', 'outbox/copy.csv'),
      about('ObjectCreated:CompleteMultipartUpload', 'outbox/large.csv'),
    ];
    expect(await news(2)).toEqual(expect.arrayContaining(expected));
  });

  it('tells of nothing else: other keys, other buckets, deletions, puts that fail', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'other' }));
    await put('projects/1001/a.csv');
    await put('outbox/a.txt');
    await put('outbox/a.csv', 'other');
    await expect(
      client.send(
        new PutObjectCommand({ Bucket, Key: 'outbox/a.csv', Body: 'content', ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }),
      ),
    ).rejects.toThrow();
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'outbox/copy.csv' }));
    await put('outbox/last.csv');
    expect(await news(1)).toEqual([about('ObjectCreated:Put', 'outbox/last.csv')]);
  });
});

describe('what a template asks for that nobody would deliver here', () => {
  it.each<[string, Json]>([
    ['functions', { LambdaConfigurations: [], QueueConfigurations: [] }],
    ['an event bus', { EventBridgeConfiguration: { EventBridgeEnabled: true }, QueueConfigurations: [] }],
    ['events of other kinds', { QueueConfigurations: [{ Event: 's3:ObjectRemoved:*', Queue: queueArn }] }],
  ])('is refused: %s', (_name, configuration) => {
    expect(() => readNotifications([bucketWith(configuration)])).toThrow();
  });
});
