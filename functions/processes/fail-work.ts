import { invocation } from '../../shared/platform/middleware/chains.ts';
import { processesFromEnvironment } from '../../shared/processes/environment.ts';
import { executionInput, failExecution } from '../../shared/processes/verification/do-work.ts';

const context = processesFromEnvironment();

export const handler = invocation(context, { input: executionInput, run: (input) => failExecution(context, input) });
