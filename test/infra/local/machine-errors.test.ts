import { readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type MachineError, openMachineErrors, readMachineErrors } from '../../../infra/local/machine-errors.ts';
import { region } from '../../../infra/local/resources.ts';
import { type LocalGateway, startGateway } from '../../../infra/local/runner.ts';
import { type Health, problemsOf } from '../../../shared/operate/status/health.ts';
import { synthesizeFixture, useTemporaryDirectories } from './local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

describe('errors of the machine', () => {
  it('are noted where no space is needed for them any more', () => {
    const directory = temporaryDirectory();
    using errors = openMachineErrors(directory);
    const size = () => statSync(join(directory, 'machine-errors.json')).blocks;
    const before = size();
    expect(readMachineErrors(directory)).toEqual([]);
    for (const at of [1, 2, 3]) errors.note({ at, service: 'DynamoDB', error: `disk is full ${'ä"'.repeat(2_000)}` });
    errors.note({ at: 4, service: 'S3', error: 'ENOSPC' });
    expect(readMachineErrors(directory)).toEqual([
      { at: 3, service: 'DynamoDB', error: expect.stringMatching(/^disk is full/) },
      { at: 4, service: 'S3', error: 'ENOSPC' },
    ]);
    expect(size()).toBe(before);
  });

  it('are none where no gateway has run', () => {
    expect(readMachineErrors(temporaryDirectory())).toEqual([]);
  });

  it('are a problem for as long as they are recent', () => {
    const now = 1_700_000_000_000;
    const health: Health = {
      ...{ portal: { url: undefined, problem: undefined }, pause: undefined },
      poll: { counter: 1, startedAt: now, succeededAt: now },
      messages: { lines: 0, states: {}, oldest: undefined },
      transfers: { waiting: {}, slotsInUse: 0 },
      ...{ queues: {}, deadLetters: {}, failedRuns: {}, incidents: {}, lasting: {}, hours: [] },
      machine: [{ at: now - 60_000, service: 'S3', error: 'ENOSPC: no space left on device' }],
    };
    expect(problemsOf(health, now)).toContainEqual(
      expect.stringContaining('this machine: S3: ENOSPC: no space left on device (1 min'),
    );
    const machine = [{ at: now - 3_600_000, service: 'S3', error: 'ENOSPC' }];
    expect(problemsOf({ ...health, machine }, now)).toEqual([]);
  });
});

describe('a gateway', () => {
  const dataDirectory = temporaryDirectory();
  const met: MachineError[] = [];
  let gateway: LocalGateway;

  beforeAll(async () => {
    gateway = await startGateway({ assembly: synthesizeFixture(temporaryDirectory()), dataDirectory });
    gateway.events.on('machineError', (error) => met.push(error));
  });
  afterAll(() => gateway.stop());

  it('notes what keeps S3 from storing', async () => {
    const blobs = join(dataDirectory, 's3', 'blobs');
    renameSync(blobs, `${blobs}.gone`);
    const { credentials, s3 } = gateway.endpoints;
    const client = new S3Client({ region, credentials, endpoint: s3.endpoint, forcePathStyle: true, maxAttempts: 1 });
    const put = client.send(new PutObjectCommand({ Bucket: s3.buckets.files, Key: 'a', Body: 'b' }));
    await expect(put).rejects.toMatchObject({ name: 'InternalError' });
    await vi.waitFor(() => expect(met).toContainEqual(expect.objectContaining({ service: 'S3' })));
    expect(readMachineErrors(dataDirectory)).toContainEqual(
      expect.objectContaining({ service: 'S3', error: expect.stringContaining('ENOENT') }),
    );
    renameSync(`${blobs}.gone`, blobs);
  });

  it('notes what keeps DynamoDB from storing', async () => {
    for (const name of readdirSync(dataDirectory).filter((each) => each.startsWith('dynamodb.sqlite'))) {
      writeFileSync(join(dataDirectory, name), 'no database any more'.repeat(1_000));
    }
    const { credentials, dynamodb } = gateway.endpoints;
    const client = new DynamoDBClient({ region, credentials, endpoint: dynamodb.endpoint, maxAttempts: 1 });
    const Item = { messageId: { S: 'm' }, text: { S: 'x'.repeat(10_000) } };
    const put = () => client.send(new PutItemCommand({ TableName: dynamodb.tables.messages, Item }));
    await vi.waitFor(async () => {
      await put().catch(() => {});
      expect(met).toContainEqual(expect.objectContaining({ service: 'DynamoDB', error: expect.any(String) }));
    });
    const [noted] = readMachineErrors(dataDirectory).filter(({ service }) => service === 'DynamoDB');
    expect(noted?.error).toMatch(/database|disk|backend/);
  });
});
