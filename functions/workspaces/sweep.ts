import { schedule } from '../../shared/platform/middleware/chains.ts';
import { workspacesFromEnvironment } from '../../shared/workspaces/environment.ts';
import { removeOfGoneOwners } from '../../shared/workspaces/gone-owners.ts';
import { sweep } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';

const context = workspacesFromEnvironment();

/** Milliseconds before the timeout at which a sweep leaves the rest to the next one. */
const margin = 60_000;

export const handler = schedule(context, {
  margin,
  run: async (deadline) => {
    await removeOfGoneOwners(context, deadline);
    await sweep(context, workHandlers, deadline);
  },
});
