import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { Batcher, memoizePer } from '../platform/batcher.ts';
import { TransientError } from '../platform/errors.ts';
import type { MessageContext } from './context.ts';
import type { LineEntry } from './record.ts';

/** JSON in ASCII: SQS refuses some of the characters that an id may have (SendMessage, API reference). */
const asciiJson = (value: unknown) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Most messages of one SendMessageBatch (SQS API reference). */
const maxBatch = 10;

interface Queued {
  url: string;
  body: string;
}

const senders = memoizePer(
  (sqs: MessageContext['sqs']) =>
    new Batcher<Queued, true>((messages) => sendAll(sqs, messages), { most: 10 * maxBatch, atOnce: 2 }),
);

/** Sends messages to the queues of their types. What has no queue is an unknown type and never gets here. */
export async function sendToQueues({ sqs, queues }: MessageContext, messages: readonly LineEntry[]): Promise<void> {
  const sender = senders(sqs);
  await Promise.all(
    messages.map(({ messageId, type }) =>
      sender.submit({ url: queues[type] as string, body: asciiJson({ messageId }) }),
    ),
  );
}

async function sendAll(sqs: MessageContext['sqs'], messages: readonly Queued[]): Promise<true[]> {
  const byQueue = Map.groupBy(messages, ({ url }) => url);
  const sends = [...byQueue].flatMap(([url, ofQueue]) =>
    Array.from({ length: Math.ceil(ofQueue.length / maxBatch) }, (_, page) =>
      sendBatch(sqs, url, ofQueue.slice(page * maxBatch, (page + 1) * maxBatch)),
    ),
  );
  await Promise.all(sends);
  return messages.map(() => true);
}

async function sendBatch(sqs: MessageContext['sqs'], QueueUrl: string, messages: readonly Queued[]): Promise<void> {
  const Entries = messages.map(({ body }, index) => ({ Id: String(index), MessageBody: body }));
  const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const failed = answer.Failed?.[0];
  if (failed)
    throw new TransientError(`SQS: SendMessageBatch refused ${answer.Failed?.length} messages: ${failed.Code}`);
}
