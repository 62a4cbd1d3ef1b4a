import type { Simulate } from './schedule-result.ts';

/** The violations of schedules with seeds from a first one on, as `npm run simulate -- --seed` replays them. */
export async function failuresOf(simulate: Simulate, from: number, count: number): Promise<string[]> {
  const failures: string[] = [];
  for (let seed = from; seed < from + count; seed++) {
    const { violations } = await simulate(seed);
    failures.push(...violations.map((violation) => `seed ${seed}: ${violation}`));
  }
  return failures;
}
