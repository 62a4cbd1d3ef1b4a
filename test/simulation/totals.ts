import type { ScheduleResult } from './schedule-result.ts';

/** How much of everything there was in many runs, by its name. */
export type Totals = Record<string, number>;

/** Adds to totals what other runs had. */
export function addTotals(totals: Totals, more: Totals): void {
  for (const [what, count] of Object.entries(more)) totals[what] = (totals[what] ?? 0) + count;
}

export const totalsOf = ({ calls, steps, counts }: ScheduleResult): Totals => ({
  calls,
  steps,
  ...counts,
});
