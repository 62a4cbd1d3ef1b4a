import { parseArgs } from 'node:util';
import { watchCoverage } from './coverage.ts';
import { shrink } from './shrink.ts';
import { type Outcome, simulate } from './world.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string' },
    minutes: { type: 'string' },
    from: { type: 'string' },
    coverage: { type: 'boolean', default: false },
  },
});

/** Plays one seed again, and tells how it fails with as few faults as possible. */
async function replay(seed: number): Promise<void> {
  const outcome = await simulate(seed);
  const fewest = outcome.violations.length > 0 ? await shrink(outcome) : outcome.faults;
  const { violations } = await simulate(seed, new Set(fewest), console.log);
  console.log(`\nSeed ${seed}, faults: ${fewest.join(', ') || 'none'}`);
  report(violations);
}

function report(violations: readonly string[]): void {
  for (const violation of violations) console.log(`  violated: ${violation}`);
  if (violations.length === 0) console.log('  nothing is violated');
}

/** Runs seed after seed. @returns whether all went well */
async function runMany(from: number, runs: number, until: number): Promise<boolean> {
  const began = performance.now();
  const totals: Record<string, number> = {};
  const add = (what: string, count: number) => {
    totals[what] = (totals[what] ?? 0) + count;
  };
  let seed = from;
  for (; seed < from + runs && Date.now() < until; seed++) {
    const outcome = await simulate(seed);
    add('messages', outcome.messages);
    add('calls', outcome.calls);
    add('steps', outcome.steps);
    for (const [kind, count] of Object.entries(outcome.counts)) add(kind, count);
    if (outcome.violations.length > 0) {
      tellFailure(outcome);
      return false;
    }
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(`${seed - from} schedules, seeds ${from} to ${seed - 1}, ${seconds.toFixed(1)} s: nothing is violated`);
  for (const [what, count] of Object.entries(totals)) console.log(`${String(count).padStart(12)} ${what}`);
  return true;
}

function tellFailure({ seed, violations }: Outcome): void {
  console.log(`Seed ${seed} (npm run simulate -- --seed ${seed} tells how):`);
  report(violations);
}

if (values.seed !== undefined) {
  await replay(Number(values.seed));
} else {
  const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
  const runs = Number(values.runs ?? (values.minutes ? Number.POSITIVE_INFINITY : 2_000));
  const from = Number(values.from ?? Date.now() % 2 ** 31);
  const unreached = values.coverage ? await watchCoverage() : undefined;
  process.exitCode = (await runMany(from, runs, Date.now() + minutes * 60_000)) ? 0 : 1;
  for (const { file, line, text } of (await unreached?.()) ?? []) console.log(`never reached: ${file}:${line} ${text}`);
}
