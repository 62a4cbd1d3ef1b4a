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
