import { invocation } from '../../shared/platform/middleware/chains.ts';
import { jobsFromEnvironment } from '../../shared/workspaces/jobs/environment.ts';
import { jobStepSchema } from '../../shared/workspaces/jobs/step.ts';
import { watchJob } from '../../shared/workspaces/jobs/watch.ts';

const context = jobsFromEnvironment();

export const handler = invocation(context, { input: jobStepSchema, run: (step) => watchJob(context, step) });
