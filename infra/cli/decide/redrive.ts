import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { gatewaySubject } from '../../../shared/decisions/audit.ts';
import { InvalidInputError } from '../../../shared/platform/errors.ts';
import type { Command } from '../command.ts';
import { countMessages } from '../status/collect-health.ts';
import type { Gateway } from '../target/gateway.ts';
import { agree, checkDeciding, deciding, noteDeed } from './confirm.ts';

const ending = 'DeadLetter';

/** Puts dead letters back into the queue that they come from. */
export const redrive: Command<typeof deciding> = {
  arguments: ['queue'],
  options: deciding,
  summary: 'puts the dead letters of a queue (CreateProject, say, as status names it) back into it',
  examples: ['redrive CreateProject --reason "the function has memory enough again"'],
  async run(operation, values, name = '') {
    checkDeciding(operation, values);
    const gateway = await operation.gateway();
    const from = gateway.queues[`${name}${ending}`];
    const to = gateway.queues[name];
    if (!from || !to) throw new InvalidInputError(`queue: must be one of ${namesOf(gateway).join(', ')}`);
    const count = await countMessages(gateway.sqs, from);
    if (count === 0) {
      operation.screen.print(`${name} has no dead letters.`);
      return 0;
    }
    const agreed = await agree(operation, values, [`${count} dead letters will go back into the queue ${name}.`]);
    if (agreed !== true) return agreed;
    const details = { queue: name, count };
    await noteDeed(gateway, values.reason, { subject: gatewaySubject, event: 'redriven', details });
    operation.screen.print(`${await move(gateway, from, to, count)} dead letters are back in the queue ${name}.`);
    return 0;
  },
};

const namesOf = ({ queues }: Gateway) =>
  Object.keys(queues).filter((name) => Object.hasOwn(queues, `${name}${ending}`));

/** One that is in both queues for a moment does no harm: what it says is done already is dropped. */
async function move({ sqs }: Gateway, from: string, to: string, most: number): Promise<number> {
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
