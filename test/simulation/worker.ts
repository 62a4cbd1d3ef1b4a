import { parentPort, workerData } from 'node:worker_threads';
import { type Unreached, watchCoverage } from './coverage.ts';
import type { Many } from './play-many.ts';
import type { ScheduleResult } from './schedule-result.ts';
import { addTotals, type Totals, totalsOf } from './totals.ts';
import { worlds } from './worlds.ts';

/** Seeds to be played: the last is not among them. Nothing is left to do when there are none. */
export interface Seeds {
  from: number;
  to: number;
}

/** Results of some seeds, or of all. */
export interface Report {
  totals: Totals;
  /** The first run in which something is violated: those behind it were not played. */
  failure?: ScheduleResult;
  /** Code that never ran. */
  unreached?: Unreached[];
}

// Nobody looks at where an error comes from, and to find it out takes a fifth of the time.
Error.stackTraceLimit = 0;
const { coverage, world } = workerData as Pick<Many, 'coverage' | 'world'>;
const simulate = await worlds[world]();
const unreached = coverage ? await watchCoverage() : async () => [];

async function play({ from, to }: Seeds): Promise<Report> {
  if (from === to) return { totals: {}, unreached: await unreached() };
  const totals: Totals = {};
  for (let seed = from; seed < to; seed++) {
    const outcome = await simulate(seed);
    addTotals(totals, totalsOf(outcome));
    if (outcome.violations.length > 0) return { totals, failure: outcome };
  }
  return { totals };
}

parentPort?.on('message', (seeds: Seeds) => void play(seeds).then((report) => parentPort?.postMessage(report)));
