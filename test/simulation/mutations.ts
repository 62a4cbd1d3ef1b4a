import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { forEachConcurrently } from '../../shared/platform/concurrency.ts';
import { mutations } from './mutants/all.ts';
import { type Mutation, mutate } from './mutants/mutation.ts';

const root = resolve(import.meta.dirname, '../..');

/** A copy of the code in which one thing is wrong. @throws Error when the code is not as the mutation expects it */
function makeMutant(mutation: Mutation): string {
  const directory = mkdtempSync(join(tmpdir(), 'dst-gateway-mutant-'));
  for (const part of ['shared', 'test/simulation', 'test/support', 'package.json']) {
    cpSync(join(root, part), join(directory, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const path = join(directory, 'shared', mutation.file);
  writeFileSync(path, mutate(readFileSync(path, 'utf8'), mutation));
  return directory;
}

/** @returns after how many schedules the mutation was caught, and by what; nothing when it was not */
async function hunt(
  mutation: Mutation,
  schedules: number,
): Promise<{ schedules: number; violation: string } | undefined> {
  const directory = makeMutant(mutation);
  try {
    let from = 1;
    while (from <= schedules) {
      const output = await play(directory, mutation, from, schedules + 1 - from);
      if (isClean(output)) return undefined;
      const seed = /^Seed (\d+)/m.exec(output)?.[1];
      if (seed === undefined) throw new Error(`${mutation.name}: the simulation itself failed:\n${output}`);
      const violation = /violated: (.*)/.exec(output)?.[1] ?? '?';
      if (isClean(await play(root, mutation, Number(seed), 1))) return { schedules: Number(seed), violation };
      console.log(`Schedule ${seed} proves nothing: it fails without "${mutation.name}", too`);
      from = Number(seed) + 1;
    }
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const isClean = (output: string) => /nothing is violated/.test(output);

function play(directory: string, { world = 'bridge' }: Mutation, from: number, schedules: number): Promise<string> {
  const seeds = ['--world', world, '--from', String(from), '--schedules', String(schedules)];
  return outputOf(directory, ['--single-threaded-gc', 'test/simulation/simulate.ts', '--workers', '1', ...seeds]);
}

function outputOf(cwd: string, args: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data;
    });
  }
  child.on('error', reject);
  child.on('close', () => resolve(output));
  return promise;
}

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
    world: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const chosen = mutations.filter(
  ({ name, world = 'bridge' }) => name.includes(values.only) && world === (values.world ?? world),
);
let missed = 0;
await forEachConcurrently(chosen, Number(values.workers), async (mutation) => {
  const caught = await hunt(mutation, Number(values.schedules));
  if (!caught) missed += 1;
  const found = caught ? `caught by schedule ${caught.schedules}: ${caught.violation.slice(0, 110)}` : 'NOT CAUGHT';
  console.log(`${mutation.name.padEnd(56)} ${found}`);
});
console.log(`${chosen.length - missed} of ${chosen.length} mutations caught within ${values.schedules} schedules`);
process.exitCode = missed === 0 ? 0 : 1;
