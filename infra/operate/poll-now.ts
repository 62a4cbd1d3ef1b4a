import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PermanentError } from '../../shared/platform/errors.ts';
import type { Command } from './command.ts';
import { nameOf } from './find-parts.ts';

/** Changes nothing that the next scheduled poll would not: so nobody is asked, and nothing is noted. */
export const pollNow: Command<Record<string, never>> = {
  arguments: [],
  options: {},
  summary: 'polls the portal at once and waits for the end of it, instead of for the next scheduled poll',
  examples: ['poll-now'],
  async run({ gateway, screen }) {
    const { lambda, functions } = await gateway();
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: nameOf(functions, 'Poll') }),
    );
    if (FunctionError) {
      throw new PermanentError(`The poll failed (${FunctionError}): ${Payload?.transformToString().slice(0, 500)}`);
    }
    screen.print('Polled. Nothing comes of it while the gateway is paused or another poll is at work.');
    return 0;
  },
};
