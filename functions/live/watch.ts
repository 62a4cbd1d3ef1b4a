import { liveFromEnvironment } from '../../shared/live/environment.ts';
import { defaultTimeout } from '../../shared/live/limits.ts';
import { watch } from '../../shared/live/watch/watch.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { invoker } from '../../shared/platform/invoke.ts';
import { schedule } from '../../shared/platform/middleware/chains.ts';

const context = liveFromEnvironment();
// Its own name, which Lambda sets.
const goOn = invoker(configuration(['AWS_LAMBDA_FUNCTION_NAME']).AWS_LAMBDA_FUNCTION_NAME);

/** Milliseconds before the timeout at which the next invocation takes over. */
const margin = 15_000;

export const handler = schedule(context, {
  margin,
  async run(deadline) {
    if ((await watch(context, defaultTimeout, deadline)) === 'unfinished') await goOn();
  },
});
