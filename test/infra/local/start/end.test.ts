import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type PortalSimulator, startSimulator } from '../../../../infra/local/portal/simulator.ts';
import { processesNaming, start } from './start-process.ts';

const apiKey = 'key-of-the-centre-0123456789';
const patience = { timeout: 60_000, interval: 50 };

describe('with a portal of its own', () => {
  it('ends with the reason when a part of it dies', { timeout: 100_000 }, async () => {
    const { directory, options, variables } = await arrange();
    const gateway = start(options, variables);
    await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);

    process.kill(Number(readFileSync(join(directory, 'dynamodb.pid'), 'utf8')), 'SIGKILL');

    expect(await gateway.ended).toBe(1);
    expect(gateway.output()).toContain('The embedded DynamoDB ended unexpectedly');
    for (const text of [gateway.output(), ...textsIn(directory)]) expect(text).not.toContain(apiKey);
  });

  it('goes on when nobody reads what it shows any more', { timeout: 100_000 }, async () => {
    const { portal, options, variables } = await arrange();
    const gateway = start(options, variables);
    await vi.waitFor(() => expect(gateway.output()).toContain('The gateway asks'), patience);

    for (const stream of [gateway.child.stdout, gateway.child.stderr]) stream?.destroy();

    for (const projectNo of [1001, 1002]) {
      await portal.send('CreateProject', { projectNo });
      await vi.waitFor(async () => expect(await portal.pending()).toBe(0), patience);
    }
    gateway.child.kill('SIGTERM');
    expect(await gateway.ended).toBe(0);
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

/** Content of all files except delivered ones. */
function textsIn(directory: string): string[] {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const own = files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => !path.includes('/s3/'));
  return own.map((path) => readFileSync(path, 'latin1'));
}
