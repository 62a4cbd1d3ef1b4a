import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** End of the name of a queue of dead letters, behind the name of its queue. */
export const deadLetterEnding = 'DeadLetter';

/** Names of the queues that have a queue of dead letters. @param queues URLs by name */
export const redrivableQueues = (queues: Readonly<Record<string, string>>): string[] =>
  Object.keys(queues).filter((name) => Object.hasOwn(queues, `${name}${deadLetterEnding}`));

/**
 * Moves dead letters back into their queue. A message in both queues for a moment does no harm: work that is done already is
 * dropped.
 *
 * @param most how many at most, in tens
 * @returns their number
 */
export async function moveDeadLetters(
  sqs: Pick<SQSClient, 'send'>,
  { from, to }: { from: string; to: string },
  most: number,
): Promise<number> {
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
