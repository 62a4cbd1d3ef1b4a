import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { playMany } from './play-many.ts';
import type { Simulate } from './schedule-result.ts';
import { shrink } from './shrink.ts';
import { isWorldName, type WorldName, worlds } from './worlds.ts';

const { values } = parseArgs({
  options: {
    world: { type: 'string', default: 'bridge' },
    seed: { type: 'string' },
    schedules: { type: 'string' },
    minutes: { type: 'string' },
    from: { type: 'string' },
    workers: { type: 'string', default: String(availableParallelism()) },
    coverage: { type: 'boolean', default: false },
  },
});

const { world } = values;
if (!isWorldName(world)) throw new Error(`--world: must be one of ${Object.keys(worlds).join(', ')}`);

/** Plays one seed again, and tells how it fails with as few faults as possible. */
async function replay(simulate: Simulate, seed: number): Promise<void> {
  const outcome = await simulate(seed);
  const fewest = outcome.violations.length > 0 ? await shrink(simulate, outcome) : outcome.faults;
  const { violations } = await simulate(seed, new Set(fewest), console.log);
  console.log(`\nSeed ${seed}, faults: ${fewest.join(', ') || 'none'}`);
  report(violations);
}

function report(violations: readonly string[]): void {
  for (const violation of violations) console.log(`  violated: ${violation}`);
  if (violations.length === 0) console.log('  nothing is violated');
}

/** Runs seed after seed. @returns whether all went well */
async function runMany(world: WorldName): Promise<boolean> {
  const { minutes } = values;
  const from = Number(values.from ?? Date.now() % 2 ** 31);
  const began = performance.now();
  const { to, totals, failure, unreached } = await playMany({
    world,
    from,
    schedules: Number(values.schedules ?? (minutes ? Number.POSITIVE_INFINITY : 2_000)),
    until: Date.now() + Number(minutes ?? Number.POSITIVE_INFINITY) * 60_000,
    workers: Number(values.workers),
    coverage: values.coverage,
  });
  for (const { file, line, text } of unreached) console.log(`never reached: ${file}:${line} ${text}`);
  if (failure) {
    console.log(`Seed ${failure.seed} (npm run simulate -- --world ${world} --seed ${failure.seed} tells how):`);
    report(failure.violations);
    return false;
  }
  const seconds = (performance.now() - began) / 1000;
  const rate = `${seconds.toFixed(1)} s, ${((to - from) / seconds).toFixed(0)} a second`;
  console.log(`${to - from} schedules, seeds ${from} to ${to - 1}, ${rate}: nothing is violated`);
  for (const [what, count] of Object.entries(totals)) console.log(`${String(count).padStart(12)} ${what}`);
  return true;
}

if (values.seed !== undefined) await replay(await worlds[world](), Number(values.seed));
else process.exitCode = (await runMany(world)) ? 0 : 1;
