import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { TransientError } from '../platform/errors.ts';
import { pagesOf } from '../platform/pages.ts';
import type { MessageContext } from './context.ts';
import type { LineEntry } from './record.ts';

/** JSON in ASCII: SQS refuses some of the characters that an id may have (SendMessage, API reference). */
const asciiJson = (value: unknown) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Most messages of one SendMessageBatch (SQS API reference). */
const maxBatch = 10;

/**
 * Sends messages to the queues of their types. Messages of unknown types have no queue; they are held on arrival and never
 * sent.
 */
export async function sendToQueues({ sqs, queues }: MessageContext, messages: readonly LineEntry[]): Promise<void> {
  const pages = [...Map.groupBy(messages, ({ type }) => type)].flatMap(([type, ofType]) =>
    pagesOf(ofType, maxBatch).map((page) => ({ url: queues[type] as string, page })),
  );
  await Promise.all(pages.map(({ url, page }) => sendBatch(sqs, url, page)));
}

async function sendBatch(sqs: MessageContext['sqs'], QueueUrl: string, messages: readonly LineEntry[]): Promise<void> {
  const Entries = messages.map(({ messageId }, index) => ({
    Id: String(index),
    MessageBody: asciiJson({ messageId }),
  }));
  const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const failed = answer.Failed?.[0];
  if (failed)
    throw new TransientError(`SQS: SendMessageBatch refused ${answer.Failed?.length} messages: ${failed.Code}`);
}
