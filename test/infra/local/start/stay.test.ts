import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { start } from './start-process.ts';

const patience = { timeout: 170_000, interval: 200 };

it('goes on after the day, for the commands that it names', { timeout: 240_000 }, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'start stay-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const day = start(['--stay', '--data-dir', directory]);
  const named = () => [...day.output().matchAll(/^ {2}npm run operator -- (.*)$/gm)].map(([, command = '']) => command);
  await vi.waitFor(() => expect(named(), day.output()).toHaveLength(5), patience);
  expect(day.output()).toContain('The day went exactly as expected.');

  for (const command of named()) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', `node infra/cli/main.ts ${command}`]);
    // The incidents of the day are open, which the status tells by its exit code.
    expect([command, `${stderr}`, status]).toEqual([command, '', command.startsWith('status') ? 1 : 0]);
    expect(`${stdout}`).not.toBe('');
  }
  day.child.kill('SIGTERM');
  expect(await day.ended).toBe(0);
});
