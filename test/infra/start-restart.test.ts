import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type PortalSimulator, startSimulator } from '../../infra/local/portal/simulator.ts';
import { processesNaming, start } from './start-process.ts';

const apiKey = 'key-of-the-centre-0123456789';
const MB = 1_000_000;
const common = { region: 'eu-north-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const patience = { timeout: 60_000, interval: 50 };

describe('with a portal of its own', () => {
  it('goes on in its data directory after it was killed, and ends when all is done', { timeout: 200_000 }, async () => {
    const { portal, directory, options, variables } = await arrange();
    const file = await portal.addFile({ fileId: 'f-1', size: 60 * MB }, { bytesPerSecond: 20 * MB });
    await portal.sendMany([
      { messageType: 'CreateProject', data: { projectNo: 1001 } },
      { messageType: 'CreateProjectAccess', data: { projectNo: 1001, accessIdentifier: 'a-1' } },
      { messageType: 'DataDeliveryReady', data: { dataDeliveryId: 'd-1', projectNo: 1001, files: [file] } },
    ]);

    const first = start(options, variables);
    await vi.waitFor(
      async () => expect((await portal.snapshot()).served.get('f-1')?.bytes).toBeGreaterThan(10 * MB),
      patience,
    );
    await first.killGroup();
    expect(await portal.pending()).toBe(1);

    const second = start(options, variables);
    await vi.waitFor(() => expect(second.output()).toContain('The gateway asks'), patience);
    const database = Number(readFileSync(join(directory, 'dynamodb.pid'), 'utf8'));
    process.kill(database, 'SIGKILL');
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain('The embedded DynamoDB ended unexpectedly');

    await portal.send('ReturnDataFile', { fileId: 'f-1' });
    const third = start([...options, '--until-drained'], variables);
    await vi.waitFor(async () => expect(await projectsIn(directory)).toEqual(['1001']), patience);
    expect(await third.ended, third.output()).toBe(0);

    const { messages, received, credentials, violations } = await portal.snapshot();
    expect(messages.every(({ marked }) => marked)).toBe(true);
    expect(credentials.get('a-1')).toHaveLength(1);
    expect(received.map(({ fileId, md5 }) => [fileId, md5])).toEqual([['f-1', file.fileChecksum]]);
    expect(violations).toEqual([]);
    expect(third.output()).toMatch(/^Incidents {2}0$/m);
    expect(processesNaming(directory)).toEqual([]);
    for (const text of [first.output(), second.output(), third.output(), ...textsIn(directory)]) {
      expect(text).not.toContain(apiKey);
    }
  });

  it('stops at SIGTERM and leaves no process behind', { timeout: 100_000 }, async () => {
    const { portal, directory, options, variables } = await arrange();
    await portal.send('CreateProject', { projectNo: 1001 });
    const gateway = start(options, variables);
    await vi.waitFor(async () => expect(await portal.pending()).toBe(0), patience);

    gateway.child.kill('SIGTERM');

    expect(await gateway.ended, gateway.output()).toBe(0);
    expect(gateway.output()).toMatch(/^ {2}CreateProject +1$/m);
    expect(processesNaming(directory)).toEqual([]);
    expect(existsSync(join(directory, 'endpoints.json'))).toBe(false);
  });
});

async function arrange() {
  const portal: PortalSimulator = await startSimulator({ apiKey });
  onTestFinished(() => portal.stop());
  const directory = mkdtempSync(join(tmpdir(), 'start-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const keyFile = `${directory}.key`;
  writeFileSync(keyFile, `${apiKey}\n`);
  onTestFinished(() => rmSync(keyFile));
  return {
    portal,
    directory,
    options: ['--data-dir', directory, '--poll-seconds', '1'],
    variables: { DST_BASE_URL: portal.url, DST_API_KEY_FILE: keyFile },
  };
}

/** Reads as others would: with the SDK, by what endpoints.json says. */
async function projectsIn(directory: string) {
  const { dynamodb } = JSON.parse(readFileSync(join(directory, 'endpoints.json'), 'utf8'));
  const client = new DynamoDBClient({ ...common, endpoint: dynamodb.endpoint });
  const { Items = [] } = await client.send(new ScanCommand({ TableName: dynamodb.tables.projects }));
  client.destroy();
  return Items.map(({ projectNo }) => projectNo?.S);
}

/** What all files hold, but for the delivered ones. */
function textsIn(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const own = files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => !path.includes('/s3/'));
  return own.map((path) => readFileSync(path, 'latin1'));
}
