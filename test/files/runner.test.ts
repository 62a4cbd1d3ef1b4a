import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { region } from '../../infra/local/resources.ts';
import { type LocalGateway, startGateway } from '../../infra/local/runner.ts';
import { startS3Server } from '../../infra/local/s3/server.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';

const mebibyte = 1024 ** 2;
const huge = 256 * mebibyte;
const directory = mkdtempSync(join(tmpdir(), 'files-runner-'));
const dataDirectory = join(directory, 'data');
const invocations: string[] = [];
let assembly: string;
let portal: PortalSimulator;
let gateway: LocalGateway;
let s3: S3Client;
let db: DynamoDBDocumentClient;

beforeAll(async () => {
  [assembly, portal] = await Promise.all([
    synthesize(AbortSignal.timeout(60_000)),
    startSimulatorProcess({ apiKey: 'key' }),
  ]);
  await start();
}, 120_000);

async function start() {
  gateway = await startGateway({
    assembly,
    dataDirectory,
    pollSeconds: 1,
    environment: {
      PORTAL_URL: portal.url,
      POLL_SECONDS: '1',
      MAX_FORM_BYTES: '1000000',
      TASK_ABOVE_BYTES: '30000000',
    },
    secrets: { PortalApiKeySecret: 'key' },
  });
  gateway.events.on('invocation', ({ name }) => invocations.push(name));
  s3 = connect(gateway.endpoints.s3.endpoint);
  const { credentials, dynamodb } = gateway.endpoints;
  const { endpoint } = dynamodb;
  db = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
}

function connect(endpoint: string): S3Client {
  const { credentials } = gateway.endpoints;
  return new S3Client({ endpoint, region, credentials, forcePathStyle: true });
}

afterAll(async () => {
  db.destroy();
  s3.destroy();
  await gateway.stop();
  await portal.stop();
  rmSync(directory, { recursive: true });
});

const allMarked = () =>
  vi.waitFor(async () => expect(await portal.pending()).toBe(0), { timeout: 60_000, interval: 50 });

it('moves files to and fro through the state machine of the template', async () => {
  const files = [
    await portal.addFile({ fileId: 'small', size: 1000 }),
    await portal.addFile({ fileId: 'a/"large" one', size: 20_000_000 }, { corruptFirst: 1 }),
  ];
  await portal.send('CreateProject', { projectNo: '1001' });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: '1001', files });
  for (const { fileId } of files) await portal.send('ReturnDataFile', { fileId });

  await allMarked();

  const { received, violations } = await portal.snapshot();
  expect(violations).toEqual([]);
  expect(received).toHaveLength(2);
  for (const { fileId, fileSize: size, fileChecksum: md5 } of files) {
    expect(received).toContainEqual(expect.objectContaining({ fileId, size, md5 }));
    const target = {
      Bucket: gateway.endpoints.s3.buckets.files,
      Key: `projects/1001/files/${encodeURIComponent(fileId)}`,
    };
    expect(await s3.send(new HeadObjectCommand(target))).toMatchObject({ ContentLength: size, Metadata: { md5 } });
  }
  const steps = ['prepare-transfer', 'copy-files', 'send-file', 'complete-transfer'];
  expect(invocations).toEqual(expect.arrayContaining(steps));
  expect(invocations).not.toContain('fail-transfer');

  for (const { fileId } of files) await portal.send('DeleteDataFile', { fileId });
  await allMarked();
  const Bucket = gateway.endpoints.s3.buckets.files;
  expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads ?? []).toEqual([]);
});

it('copies a file, and gives it back, with memory that does not grow with its size', async () => {
  const before = gateway.memory('copy-files').maxRss;
  const beforeReturn = gateway.memory('send-file').maxRss;
  expect(before).toBeGreaterThan(0);
  expect(beforeReturn).toBeGreaterThan(0);
  const file = await portal.addFile({ fileId: 'huge', size: huge });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: '1001', files: [file] });

  await allMarked();

  expect(gateway.memory('copy-files').maxRss - before).toBeLessThan(160 * mebibyte);

  await portal.send('ReturnDataFile', { fileId: 'huge' });
  await allMarked();

  const { fileSize: size, fileChecksum: md5 } = file;
  expect((await portal.snapshot()).received).toContainEqual(expect.objectContaining({ fileId: 'huge', size, md5 }));
  expect(gateway.memory('send-file').maxRss - beforeReturn).toBeLessThan(160 * mebibyte);
});

it('has a task send what is larger than a function is given, with memory that does not grow with the size', async () => {
  await portal.send('ReturnDataFile', { fileId: 'huge' });

  await allMarked();

  const call = 'POST /data/large-file/{fileId}';
  expect((await portal.snapshot()).received).toContainEqual(
    expect.objectContaining({ call, fileId: 'huge', size: huge }),
  );
  expect(invocations.filter((name) => name === 'send-file')).toHaveLength(2);
  expect(gateway.memory('send-task').maxRss).toBeLessThan(256 * mebibyte);
});

/** The processes of tasks that send. */
function sendTasks(): number[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
  const isTask = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('ecs-preload');
  return children.filter(isTask).map(Number);
}

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'has another task send it when one ends by %s in the middle',
  async (signal) => {
    const fileId = `ended by ${signal}`;
    const file = await portal.addFile({ fileId, size: 40_000_000 });
    await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: '1001', files: [file] });
    await allMarked();
    await portal.setFaults({ rules: [{ kind: 'hang', times: 1, calls: ['POST /data/large-file/{fileId}'] }] });
    await portal.send('ReturnDataFile', { fileId });
    const pid = await vi.waitFor(
      async () => {
        const [task, ...others] = sendTasks();
        if (!task || others.length > 0) throw new Error(`Not one task but ${[task, ...others]}`);
        const { Item } = await db.send(
          new GetCommand({ TableName: gateway.endpoints.dynamodb.tables.files, Key: { fileId } }),
        );
        expect(Item?.bytesDone).toBeGreaterThan(0);
        return task;
      },
      { timeout: 20_000, interval: 50 },
    );

    process.kill(pid, signal);

    await allMarked();
    const copies = (await portal.snapshot()).received.filter((each) => each.fileId === fileId);
    expect(copies).toEqual([expect.objectContaining({ size: file.fileSize, md5: file.fileChecksum })]);
    await vi.waitFor(() => expect(sendTasks()).toEqual([]));
  },
  60_000,
);

/** Puts an object as a researcher does. @returns its MD5 */
async function putResult(client: S3Client, fileName: string, size: number): Promise<string> {
  const Bucket = gateway.endpoints.s3.buckets.files;
  const Body = randomBytes(size);
  await client.send(new PutObjectCommand({ Bucket, Key: `outbox/1001/${fileName}`, Body }));
  return createHash('md5').update(Body).digest('hex');
}

async function expectSent(results: { fileName: string; size: number; md5: string }[]): Promise<void> {
  await vi.waitFor(
    async () => {
      const { received } = await portal.snapshot();
      for (const result of results) {
        const copies = received.filter(({ projectNo, fileName }) => projectNo && fileName === result.fileName);
        expect(copies).toEqual([expect.objectContaining({ ...result, projectNo: '1001' })]);
      }
      const outbox = { Bucket: gateway.endpoints.s3.buckets.files, Prefix: 'outbox/' };
      expect((await s3.send(new ListObjectsV2Command(outbox))).KeyCount).toBe(0);
    },
    { timeout: 30_000, interval: 50 },
  );
}

it('sends what is put into the outbox: as S3 tells of it, and what was put while nobody was told', async () => {
  const small = { fileName: 'my results+1.csv', size: 10_000 };
  const large = { fileName: 'large.parquet', size: 6_000_000 };
  const told = [
    { ...small, md5: await putResult(s3, small.fileName, small.size) },
    { ...large, md5: await putResult(s3, large.fileName, large.size) },
  ];
  await expectSent(told);
  const { requests, violations } = await portal.snapshot();
  expect(requests['POST /data/project/{projectNo}']).toEqual({ 200: 1 });
  expect(requests['POST /data/project/{projectNo}/{fileName}']).toEqual({ 200: 1 });
  expect(violations).toEqual([]);

  s3.destroy();
  await gateway.stop();
  const alone = await startS3Server({ directory: join(dataDirectory, 's3') });
  const client = connect(alone.endpoint);
  const unseen = { fileName: 'unseen.csv', size: 1000, md5: await putResult(client, 'unseen.csv', 1000) };
  client.destroy();
  await alone.stop();
  await start();
  await expectSent([...told, unseen]);
});
