import { invocation } from '../../shared/platform/middleware/chains.ts';
import { jobsFromEnvironment } from '../../shared/workspaces/jobs/environment.ts';
import { launchJob } from '../../shared/workspaces/jobs/launch.ts';
import { jobStepSchema } from '../../shared/workspaces/jobs/step.ts';

const context = jobsFromEnvironment();

export const handler = invocation(context, { input: jobStepSchema, run: (step) => launchJob(context, step) });
