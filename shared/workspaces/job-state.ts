export const jobStates = ['pending', 'running', 'stopping', 'complete', 'failed'] as const;

export type JobState = (typeof jobStates)[number];

const steps: Readonly<Record<JobState, readonly JobState[]>> = {
  pending: ['running', 'stopping', 'complete', 'failed'],
  // A resource may suspend a job.
  running: ['pending', 'stopping', 'complete', 'failed'],
  stopping: ['complete', 'failed'],
  complete: [],
  failed: [],
};

/** Whether a job may go from one state to another, or stay where it is. */
export const mayBecome = (from: JobState, to: JobState): boolean => from === to || steps[from].includes(to);

export const hasEnded = (state: JobState): boolean => steps[state].length === 0;

/** Units of core hours: 0.00001 hours. */
export const coreHourUnits = 100_000;

/** Core hours of some cores for a time. @returns units of 0.00001 hours, rounded up */
export const coreHoursOf = (cores: number, milliseconds: number): number =>
  Math.ceil((cores * Math.max(0, milliseconds) * coreHourUnits) / 3_600_000);
