import { schedule } from '../../shared/platform/middleware/chains.ts';
import { processesFromEnvironment } from '../../shared/processes/environment.ts';
import { sweep } from '../../shared/processes/sweep.ts';

const context = processesFromEnvironment();

/** Milliseconds before the timeout at which a sweep leaves the rest to the next one. */
const margin = 30_000;

export const handler = schedule(context, { margin, run: (deadline) => sweep(context, deadline) });
