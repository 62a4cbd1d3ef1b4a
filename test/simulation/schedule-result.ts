/** Result of a run. */
export interface ScheduleResult {
  seed: number;
  violations: string[];
  /** Names of the faults that happened. */
  faults: string[];
  /** How much there was of what the world is about, and of each fault. */
  counts: Record<string, number>;
  calls: number;
  steps: number;
}

/** Plays one run of a world. @param only the faults that may happen; all that the seed draws without it */
export type Simulate = (
  seed: number,
  only?: ReadonlySet<string>,
  trace?: (text: string) => void,
) => Promise<ScheduleResult>;
