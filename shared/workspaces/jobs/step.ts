import * as z from 'zod';

/** Input and output of the steps of an execution. */
export const jobStepSchema = z.object({
  userId: z.int(),
  jobId: z.int(),
  /** Set for an execution that only stops the job at its resource: another one watches and ends the job. */
  only: z.literal('stop').optional(),
  /** Error that ended the step before, as Step Functions gives it. */
  error: z.object({ Error: z.string().optional(), Cause: z.string().optional() }).optional(),
});

export type JobStepInput = z.infer<typeof jobStepSchema>;

export interface JobStep {
  userId: number;
  jobId: number;
  only?: 'stop' | undefined;
  next: 'watch' | 'end' | 'stop';
  /** Seconds until the next look. */
  pause: number;
}

/** Shortest and longest pause between two looks at a job, in seconds. */
const [shortest, longest] = [1, 300];

/**
 * Pause until the next look: a tenth of the job's age. An execution of a week has some 2,100 looks of 9 events each, of the
 * 25,000 events that it may have (AWS Step Functions developer guide, quotas).
 *
 * @param age in milliseconds
 * @returns seconds
 */
export const pauseAt = (age: number): number => Math.min(longest, Math.max(shortest, Math.round(age / 10_000)));
