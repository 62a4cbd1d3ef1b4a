import * as z from 'zod';
import type { JobType } from './job-type.ts';
import { parseJobSettings } from './settings.ts';

const settings = z.strictObject({ seconds: z.number().nonnegative().default(10) });

/** Prints a greeting and waits: shows that jobs run. */
export const localTest: JobType = {
  details: z.unknown(),
  script: (_job, given) => `
echo 'Hello World'
sleep ${parseJobSettings(settings, given).seconds}
`,
};
