import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startSimulator } from '../../../../infra/local/portal/simulator.ts';
import { useTemporaryDirectories } from '../local-fixture.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const temporaryDirectory = useTemporaryDirectories();
const patience = { timeout: 100_000, interval: 100 };
const mebibyte = 1024 ** 2;

it('starts in whatever folder, and goes on when the packages that it was started with are gone', async () => {
  const portal = await startSimulator({ apiKey: 'key' });
  onTestFinished(() => portal.stop());
  const checkout = join(temporaryDirectory(), 'a å #1% b');
  const dataDirectory = join(temporaryDirectory(), 'da ta');
  copyCheckout(checkout);
  const gateway = spawn(
    join(checkout, 'node_modules/.bin/node'),
    [join(checkout, 'infra/local/start.ts'), '--data-dir', dataDirectory, '--poll-seconds', '1'],
    {
      env: { PATH: process.env.PATH, DST_BASE_URL: portal.url, DST_API_KEY: 'key' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  onTestFinished(() => void gateway.kill('SIGKILL'));
  let output = '';
  for (const stream of [gateway.stdout, gateway.stderr]) stream.on('data', (chunk) => (output += chunk));
  await vi.waitFor(() => expect(output).toContain('The gateway asks'), patience);

  renameSync(join(checkout, 'node_modules'), join(checkout, 'gone'));

  const file = await portal.addFile({ fileId: 'large', size: 20 * mebibyte });
  await portal.send('CreateProject', { projectNo: 1001 });
  await portal.send('DataDeliveryReady', { dataDeliveryId: 'd', projectNo: 1001, files: [file] });
  await portal.send('ReturnDataFile', { fileId: 'large' });
  await vi.waitFor(async () => expect(await portal.pending(), output).toBe(0), patience);
  gateway.kill('SIGTERM');
  expect(await once(gateway, 'exit')).toEqual([0, null]);
});

/** Files of the repository, and packages as links. */
function copyCheckout(checkout: string): void {
  mkdirSync(checkout);
  for (const name of [
    'infra',
    'functions',
    'shared',
    'package.json',
    'package-lock.json',
    'cdk.json',
    'tsconfig.json',
  ]) {
    cpSync(join(root, name), join(checkout, name), { recursive: true });
  }
  const packages = join(root, 'node_modules');
  try {
    execFileSync('cp', ['-al', packages, checkout], { stdio: 'ignore' });
  } catch {
    cpSync(packages, join(checkout, 'node_modules'), { recursive: true, verbatimSymlinks: true }); // On another disk.
  }
}
