import type { Action } from '../../../shared/decisions/context.ts';
import { planFetchAgain } from '../../../shared/decisions/fetch-again.ts';
import { planPause, planResume } from '../../../shared/decisions/pause.ts';
import { planRelease } from '../../../shared/decisions/release.ts';
import { planRequeue } from '../../../shared/decisions/requeue.ts';
import type { Command } from '../command.ts';
import { findFile } from '../find/find-file.ts';
import { findMessage } from '../find/find-message.ts';
import type { Gateway } from '../target/gateway.ts';
import { checkDeciding, decide, deciding } from './confirm.ts';

/** A command that decides about one thing, or about the gateway as a whole. */
const decider = (
  names: readonly string[],
  summary: string,
  example: string,
  plan: (gateway: Gateway, id: string) => Promise<Action>,
): Command<typeof deciding> => ({
  arguments: names,
  options: deciding,
  summary,
  examples: [example],
  async run(operation, values, id = '') {
    checkDeciding(operation, values);
    const gateway = await operation.gateway();
    return decide(operation, gateway, values, await plan(gateway, id));
  },
});

export const pause = decider(
  [],
  'stops polls and new work; what is running finishes',
  'pause --reason "the tables are restored"',
  planPause,
);

export const resume = decider([], 'ends a pause', 'resume --reason "the tables are back"', planResume);

export const requeue = decider(
  ['messageId'],
  'has the next poll put a message to work that waits after a failure, with all its attempts',
  'messages requeue 7c3e --reason "the portal is back"',
  async (gateway, id) => planRequeue(gateway, (await findMessage(gateway, id)).messageId),
);

export const fetchAgain = decider(
  ['fileId'],
  'has a stored file whose object is missing or damaged fetched from DST again; returns that are held for it go on then',
  'files fetch-again 5d10 --reason "somebody replaced the object"',
  async (gateway, id) => planFetchAgain(gateway, (await findFile(gateway, id)).fileId),
);

export const release = decider(
  ['messageId'],
  'lets a message go of a type that waits for approval (setting holdTypes)',
  'release 7c3e --reason "the project is really over"',
  async (gateway, id) => planRelease(gateway, (await findMessage(gateway, id)).messageId),
);
