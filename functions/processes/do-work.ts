import { invocation } from '../../shared/platform/middleware/chains.ts';
import { processesFromEnvironment } from '../../shared/processes/environment.ts';
import { doExecution, executionInput } from '../../shared/processes/verification/do-work.ts';

const context = processesFromEnvironment();

export const handler = invocation(context, { input: executionInput, run: (input) => doExecution(context, input) });
