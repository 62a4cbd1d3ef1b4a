import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Unreached } from './coverage.ts';
import type { ScheduleResult } from './schedule-result.ts';
import { addTotals, type Totals } from './totals.ts';
import type { Report, Seeds } from './worker.ts';
import type { WorldName } from './worlds.ts';

export interface Many {
  world: WorldName;
  /** The first seed. */
  from: number;
  /** How many seeds at most. */
  schedules: number;
  /** When no more are begun, in milliseconds since 1970. */
  until: number;
  /** How many threads play them. */
  workers: number;
  /** Whether to tell which code never ran. */
  coverage: boolean;
}

export interface Played {
  /** The seed behind the last that was played. */
  to: number;
  totals: Totals;
  /** The run with the lowest seed in which something is violated. */
  failure?: ScheduleResult;
  unreached: Unreached[];
}

/** How many seeds a thread gets at a time. */
const portion = 20;

/** Plays seed after seed, in several threads, until something is violated. @throws Error when the simulation itself fails */
export async function playMany({ world, from, schedules, until, workers, coverage }: Many): Promise<Played> {
  const played: Played = { to: from, totals: {}, unreached: [] };
  const unreached: Unreached[] = [];
  const failures: ScheduleResult[] = [];
  const end = from + schedules;
  const work = async () => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { coverage, world },
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    while (played.to < end && failures.length === 0 && Date.now() < until) {
      const seeds = { from: played.to, to: Math.min(played.to + portion, end) };
      played.to = seeds.to;
      const { totals, failure } = await ask(worker, seeds);
      addTotals(played.totals, totals);
      if (failure) failures.push(failure);
    }
    unreached.push(...((await ask(worker, { from: 0, to: 0 })).unreached ?? []));
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: workers }, work));
  const byPlace = Map.groupBy(unreached, ({ file, line }) => `${file}:${line}`);
  const inNone = [...byPlace.values()].filter((found) => found.length === workers);
  const [failure] = failures.toSorted((one, other) => one.seed - other.seed);
  return { ...played, ...(failure && { failure }), unreached: inNone.flatMap(([first]) => first ?? []) };
}

async function ask(worker: Worker, seeds: Seeds): Promise<Report> {
  worker.postMessage(seeds);
  const [report] = await once(worker, 'message');
  return report;
}
