import { schedule } from '../../shared/platform/middleware/chains.ts';
import { workspacesFromEnvironment } from '../../shared/workspaces/environment.ts';
import { removeLost } from '../../shared/workspaces/remove-lost.ts';
import { sweep } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';

const context = workspacesFromEnvironment();

/** Milliseconds before the timeout at which a sweep leaves the rest to the next one. */
const margin = 60_000;

export const handler = schedule(context, {
  margin,
  run: async (deadline) => {
    await removeLost(context, deadline);
    await sweep(context, workHandlers, deadline);
  },
});
