import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Endpoints } from '../../../infra/local/endpoints.ts';
import { startGateway } from '../../../infra/local/runner.ts';
import { synthesizeFixture, useTemporaryDirectories } from './local-fixture.ts';

const temporaryDirectory = useTemporaryDirectories();

const future = Date.now() + 3_600_000;

describe('a gateway that is started again', () => {
  let assembly: string;

  beforeAll(() => {
    assembly = synthesizeFixture(temporaryDirectory());
  });

  const start = (dataDirectory: string) => startGateway({ assembly, dataDirectory });

  function client({ credentials, dynamodb }: Endpoints) {
    const { endpoint, tables } = dynamodb;
    const documents = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'eu-north-1', credentials }));
    return {
      put: (table: string, Item: Record<string, unknown>) =>
        documents.send(new PutCommand({ TableName: tables[table], Item })),
      get: async (table: string, Key: Record<string, unknown>) =>
        (await documents.send(new GetCommand({ TableName: tables[table], Key }))).Item,
    };
  }

  async function startProcess(dataDirectory: string): Promise<{ child: ChildProcess; endpoints: Endpoints }> {
    const script = fileURLToPath(new URL('./gateway-process.ts', import.meta.url));
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = spawn(process.execPath, [script, assembly, dataDirectory], { stdio: [...stdio], detached: true });
    await once(createInterface({ input: child.stdout ?? process.stdin }), 'line');
    return { child, endpoints: JSON.parse(readFileSync(join(dataDirectory, 'endpoints.json'), 'utf8')) };
  }

  it('has its tables and secrets still, under the same names', async () => {
    const dataDirectory = temporaryDirectory();
    const first = await start(dataDirectory);
    await client(first.endpoints).put('messages', { messageId: 'm', state: 'open' });
    const secrets = readFileSync(join(dataDirectory, 'secrets.json'), 'utf8');
    await first.stop();

    const second = await start(dataDirectory);
    onTestFinished(() => second.stop());

    expect(second.endpoints.dynamodb.tables).toEqual(first.endpoints.dynamodb.tables);
    expect(second.endpoints.s3.buckets).toEqual(first.endpoints.s3.buckets);
    expect(await client(second.endpoints).get('messages', { messageId: 'm' })).toEqual({
      messageId: 'm',
      state: 'open',
    });
    expect(readFileSync(join(dataDirectory, 'secrets.json'), 'utf8')).toBe(secrets);
    expect(statSync(join(dataDirectory, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('has a secret that was put, after being killed too', async () => {
    const dataDirectory = temporaryDirectory();
    const { child, endpoints } = await startProcess(dataDirectory);
    const put = { ApiKey: 'put over nothing', Password: 'put over what was generated' };
    for (const [name, SecretString] of Object.entries(put)) {
      await secretsOf(endpoints).send(new PutSecretValueCommand({ SecretId: arnOf(endpoints, name), SecretString }));
    }
    const exited = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await exited;

    const second = await start(dataDirectory);
    onTestFinished(() => second.stop());

    for (const [name, SecretString] of Object.entries(put)) {
      const read = new GetSecretValueCommand({ SecretId: arnOf(second.endpoints, name) });
      expect(await secretsOf(second.endpoints).send(read)).toMatchObject({ SecretString });
    }
  });

  it('lets what is under way finish when it stops', async () => {
    const gateway = await start(temporaryDirectory());
    const invocation = gateway.invoke('overlap');
    await gateway.stop();
    expect(await invocation).toMatchObject({ payload: '0' });
    await expect(gateway.invoke('overlap')).rejects.toThrow('stopped');
  });

  it('is the only one in its data directory', async () => {
    const dataDirectory = temporaryDirectory();
    const first = await start(dataDirectory);
    await expect(start(dataDirectory)).rejects.toThrow(`in use by process ${process.pid}`);
    await first.stop();

    await (await start(dataDirectory)).stop();
  });

  it('leaves no process behind when it alone is killed', async () => {
    const dataDirectory = temporaryDirectory();
    const { child } = await startProcess(dataDirectory);
    const descendants = processesNaming(dataDirectory).filter((pid) => pid !== child.pid);
    expect(descendants.length).toBeGreaterThanOrEqual(3); // The database, its front and a function.

    child.kill('SIGKILL');

    await vi.waitFor(() => expect(processesNaming(dataDirectory)).toEqual([]), { timeout: 10_000 });
  });

  it('has what it had when its whole group was killed, but for the leases', async () => {
    const dataDirectory = temporaryDirectory();
    const { child, endpoints } = await startProcess(dataDirectory);
    const before = client(endpoints);
    await before.put('messages', { messageId: 'in line', state: 'open', leaseUntil: future });
    await before.put('messages', { messageId: 'not leased', state: 'open' });
    await before.put('messages', { messageId: 'not in line', state: 'done', leaseUntil: future });
    await before.put('lines', { line: 'P1', position: '1', messageId: 'in line' });
    await before.put('lines', { line: 'P1', position: '2', messageId: 'not leased' });
    await before.put('control', { name: 'poll', leaseUntil: future, counter: 3 });
    const exited = once(child, 'exit');
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await exited;

    const second = await start(dataDirectory);
    onTestFinished(() => second.stop());
    const { get } = client(second.endpoints);

    expect(await get('messages', { messageId: 'in line' })).toMatchObject({ state: 'open', leaseUntil: 0 });
    expect(await get('messages', { messageId: 'not leased' })).toEqual({ messageId: 'not leased', state: 'open' });
    expect(await get('messages', { messageId: 'not in line' })).toMatchObject({ leaseUntil: future });
    expect(await get('control', { name: 'poll' })).toEqual({ name: 'poll', leaseUntil: 0, counter: 3 });
    // The database of this run, its front, and what ends it with us, and none of the one before.
    await vi.waitFor(() => expect(processesNaming(dataDirectory)).toHaveLength(3));
  });
});

const arnOf = ({ secretsManager }: Endpoints, name: string) => secretsManager.secrets[name];

const secretsOf = ({ credentials, secretsManager: { endpoint } }: Endpoints) =>
  new SecretsManagerClient({ endpoint, region: 'eu-north-1', credentials });

/** The numbers of the processes that have a text in their command line. */
function processesNaming(text: string): number[] {
  const running = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return running.filter((pid) => commandLine(pid).includes(text)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It ended in the meantime.
  }
}
