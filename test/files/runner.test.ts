import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadObjectCommand, ListMultipartUploadsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { App } from 'aws-cdk-lib';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { region } from '../../infra/local/resources.ts';
import { type Gateway, startGateway } from '../../infra/local/runner.ts';
import { parseSettings } from '../../infra/settings.ts';
import { GatewayStack } from '../../infra/stack.ts';

const mebibyte = 1024 ** 2;
const directory = mkdtempSync(join(tmpdir(), 'files-runner-'));
const invocations: string[] = [];
let portal: PortalSimulator;
let gateway: Gateway;
let s3: S3Client;

beforeAll(async () => {
  const app = new App({ outdir: join(directory, 'cdk.out'), analyticsReporting: false });
  const functions = join(import.meta.dirname, '../../functions');
  new GatewayStack(app, 'dst-gateway', { settings: parseSettings({}), functions });
  portal = await startSimulatorProcess({ apiKey: 'key' });
  gateway = await startGateway({
    assembly: app.synth().directory,
    dataDirectory: join(directory, 'data'),
    pollSeconds: 1,
    environment: { PORTAL_URL: portal.url, POLL_SECONDS: '1' },
    secrets: { PortalApiKeySecret: 'key' },
  });
  gateway.events.on('invocation', ({ name }) => invocations.push(name));
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  s3 = new S3Client({ endpoint: gateway.endpoints.s3.endpoint, region, credentials, forcePathStyle: true });
}, 120_000);

afterAll(async () => {
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
}, 90_000);

it('copies a file with memory that does not grow with its size', async () => {
  const before = gateway.memory('copy-files').maxRss;
  expect(before).toBeGreaterThan(0);
  const file = await portal.addFile({ fileId: 'huge', size: 384 * mebibyte });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: '1001', files: [file] });

  await allMarked();

  expect(gateway.memory('copy-files').maxRss - before).toBeLessThan(160 * mebibyte);
}, 90_000);
