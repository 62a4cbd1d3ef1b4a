import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeError } from '../../shared/platform/errors.ts';
import { Unavailable } from './install.ts';
import type { Server } from './servers.ts';

/** Milliseconds for a run of vitest, which takes a minute or two: even a busy machine is done by then. */
const timeout = 600_000;

/** Tests, with the server that they are tried on. */
export interface Part {
  name: string;
  start(directory: string): Promise<Server>;
  /** Runs of vitest, with what the environment has beside. */
  runs(endpoint: string): { parameters: string[]; environment: Record<string, string> }[];
}

/** Plays one part, and says what came of it: never fails, so that the others are played, too. */
export async function play({ name, start, runs }: Part): Promise<'passed' | 'failed' | 'skipped'> {
  console.log(`\n--- ${name}`);
  await using stack = new AsyncDisposableStack();
  const directory = mkdtempSync(join(tmpdir(), 'emulator-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  try {
    const { endpoint } = stack.use(await start(directory));
    let passed = true;
    for (const { parameters, environment } of runs(endpoint))
      passed = (await vitest(parameters, environment)) && passed;
    return passed ? 'passed' : 'failed';
  } catch (error) {
    if (error instanceof Unavailable) {
      console.log(`!!! SKIPPED: ${name}: ${error.message} !!!`);
      return 'skipped';
    }
    console.log(`!!! FAILED: ${name}: ${describeError(error)} !!!`);
    return 'failed';
  }
}

async function vitest(parameters: string[], environment: Record<string, string>): Promise<boolean> {
  const child = spawn('vitest', ['run', '--testTimeout', '180000', ...parameters], {
    env: { ...process.env, ...environment },
    stdio: 'inherit',
    timeout,
  });
  const [code] = await once(child, 'exit');
  return code === 0;
}
