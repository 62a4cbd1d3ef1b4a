import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { countMessages } from '../status/collect-health.ts';
import type { OperatedGateway } from '../target/gateway.ts';
import { checkDecision, confirm, decisionOptions, printDecision, recordAudit } from './confirm.ts';

const ending = 'DeadLetter';

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
    const from = gateway.queues[`${name}${ending}`];
    const to = gateway.queues[name];
    if (!from || !to) throw new InvalidInputError(`queue: must be one of ${namesOf(gateway).join(', ')}`);
    const count = await countMessages(gateway.sqs, from);
    if (count === 0) {
      const completed = [`${name} has no dead letters.`];
      printDecision(operation, { outcome: 'nothing-to-do', planned: [], completed, queue: name, count });
      return 0;
    }
    const planned = [`${count} dead letters will go back into the queue ${name}.`];
    const details = { queue: name, count };
    const agreed = await confirm(operation, values, planned, details);
    if (agreed !== true) return agreed;
    await recordAudit(gateway, values.reason, { subject: gatewaySubject, event: 'redriven', details });
    const completed = [`${await move(gateway, from, to, count)} dead letters are back in the queue ${name}.`];
    printDecision(operation, { outcome: 'done', planned, completed, ...details });
    return 0;
  },
};

const namesOf = ({ queues }: OperatedGateway) =>
  Object.keys(queues).filter((name) => Object.hasOwn(queues, `${name}${ending}`));

/** A message in both queues for a moment does no harm: work that is done already is dropped. */
async function move({ sqs }: OperatedGateway, from: string, to: string, most: number): Promise<number> {
  for (let moved = 0; ; ) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: from, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 60 }),
    );
    for (const { Body, ReceiptHandle } of Messages) {
      await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: Body }));
      await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle }));
      moved += 1;
    }
    if (Messages.length === 0 || moved >= most) return moved;
  }
}
