import { planApproval } from '../../../shared/decisions/approve.ts';
import type { Action } from '../../../shared/decisions/context.ts';
import { planFetchAgain } from '../../../shared/decisions/fetch-again.ts';
import { planPause, planResume } from '../../../shared/decisions/pause.ts';
import { planRequeue } from '../../../shared/decisions/requeue.ts';
import type { Command } from '../command.ts';
import { findFile } from '../find/find-file.ts';
import { findMessage } from '../find/find-message.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { checkDecision, decide, decisionOptions } from './confirm.ts';

type DecisionCommand = Command<typeof decisionOptions>;

/** A command that decides about one thing, or about the gateway as a whole. */
const decisionCommand = (
  { example, ...described }: Pick<DecisionCommand, 'name' | 'group' | 'arguments' | 'summary'> & { example: string },
  plan: (gateway: OperatedGateway, id: string) => Promise<Action>,
): DecisionCommand => ({
  ...described,
  options: decisionOptions,
  examples: [example],
  async run(operation, values, id = '') {
    checkDecision(operation, values);
    const gateway = await operation.gateway();
    return decide(operation, gateway, values, await plan(gateway, id));
  },
});

export const pause = decisionCommand(
  {
    name: 'pause',
    group: 'Gateway',
    arguments: [],
    summary: 'Stop polls and new work; work that is running finishes',
    example: 'pause --reason "the tables are restored"',
  },
  planPause,
);

export const resume = decisionCommand(
  {
    name: 'resume',
    group: 'Gateway',
    arguments: [],
    summary: 'End a pause',
    example: 'resume --reason "the tables are back"',
  },
  planResume,
);

export const requeue = decisionCommand(
  {
    name: 'messages requeue',
    group: 'Decide',
    arguments: ['<messageId>'],
    summary: 'Process a message that waits after a failure with the next poll, with all its attempts',
    example: 'messages requeue 7c3e --reason "the portal is back"',
  },
  async (gateway, id) => planRequeue(gateway, (await findMessage(gateway, id)).messageId),
);

export const fetchAgain = decisionCommand(
  {
    name: 'files fetch-again',
    group: 'Decide',
    arguments: ['<fileId>'],
    summary:
      'Fetch a stored file from DST again whose object is missing or damaged, without checking the object first; held returns of it then go on',
    example: 'files fetch-again 5d10 --reason "somebody replaced the object"',
  },
  async (gateway, id) => planFetchAgain(gateway, (await findFile(gateway, id)).fileId),
);

export const approve = decisionCommand(
  {
    name: 'approve',
    group: 'Decide',
    arguments: ['<messageId>'],
    summary: 'Approve a message of a type that waits for approval (setting holdTypes)',
    example: 'approve 7c3e --reason "the project is really over"',
  },
  async (gateway, id) => planApproval(gateway, (await findMessage(gateway, id)).messageId),
);
