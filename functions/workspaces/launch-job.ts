import { invocation } from '../../shared/platform/middleware/chains.ts';
import { jobFollowerFromEnvironment } from '../../shared/processes/job-follower.ts';
import { jobsFromEnvironment } from '../../shared/workspaces/jobs/environment.ts';
import { launchJob } from '../../shared/workspaces/jobs/launch.ts';
import { jobStepSchema } from '../../shared/workspaces/jobs/step.ts';

const context = { ...jobsFromEnvironment(), follower: jobFollowerFromEnvironment() };

export const handler = invocation(context, { input: jobStepSchema, run: (step) => launchJob(context, step) });
