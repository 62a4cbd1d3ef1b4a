import type { Action } from '../../shared/operations/desk.ts';
import { planPause, planResume } from '../../shared/operations/pause.ts';
import { planRelease } from '../../shared/operations/release.ts';
import { planRequeue } from '../../shared/operations/requeue.ts';
import type { Command } from './command.ts';
import { checkDeciding, decide, deciding } from './decide.ts';
import type { Gateway } from './gateway.ts';

/** A command that decides about one thing, or about the gateway as a whole. */
const decider = (
  names: readonly string[],
  summary: string,
  plan: (gateway: Gateway, id: string) => Promise<Action>,
): Command<typeof deciding> => ({
  arguments: names,
  options: deciding,
  summary,
  async run(operation, values, id = '') {
    checkDeciding(operation, values);
    const gateway = await operation.gateway();
    return decide(operation, gateway, values, await plan(gateway, id));
  },
});

export const pause = decider([], 'stops polls and new work; what is running finishes', planPause);

export const resume = decider([], 'ends a pause', planResume);

export const requeue = decider(
  ['messageId'],
  'has the next poll put a message to work that waits after a failure, with all its attempts',
  planRequeue,
);

export const release = decider(
  ['messageId'],
  'lets a message go of a type that waits for approval (setting holdTypes)',
  planRelease,
);
