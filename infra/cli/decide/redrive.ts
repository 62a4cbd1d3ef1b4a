import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { deadLetterEnding, moveDeadLetters, redrivableQueues } from '../../../shared/operate/redrive.ts';
import { countMessages } from '../../../shared/operate/status/collect-health.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import { counted } from '../../../shared/platform/units.ts';
import type { Command } from '../command.ts';
import { checkDecision, confirm, decisionOptions, printDecision, recordAudit } from './confirm.ts';

/** Moves dead letters back into their queue. */
export const redrive: Command<typeof decisionOptions> = {
  name: 'redrive',
  group: 'Gateway',
  arguments: ['<queue>'],
  options: decisionOptions,
  summary: 'Move the dead letters of a queue back into it; queues are named as in status: CreateProject',
  examples: ['redrive CreateProject --reason "the function has memory enough again"'],
  async run(operation, values, name = '') {
    checkDecision(operation, values);
    const gateway = await operation.gateway();
    const from = gateway.queues[`${name}${deadLetterEnding}`];
    const to = gateway.queues[name];
    if (!from || !to)
      throw new InvalidInputError(`queue: must be one of ${redrivableQueues(gateway.queues).join(', ')}`);
    const count = await countMessages(gateway.sqs, from);
    if (count === 0) {
      const completed = [`${name} has no dead letters.`];
      printDecision(operation, { outcome: 'nothing-to-do', planned: [], completed, queue: name, count });
      return 0;
    }
    const planned = [`${counted(count, 'dead letter')} will go back into the queue ${name}.`];
    const details = { queue: name, count };
    const agreed = await confirm(operation, values, planned, details);
    if (agreed !== true) return agreed;
    await recordAudit(gateway, values.reason, { subject: gatewaySubject, event: 'redriven', details });
    const moved = await moveDeadLetters(gateway.sqs, { from, to }, count);
    const completed = [`Put back into the queue ${name}: ${counted(moved, 'dead letter')}.`];
    printDecision(operation, { outcome: 'done', planned, completed, ...details });
    return 0;
  },
};
