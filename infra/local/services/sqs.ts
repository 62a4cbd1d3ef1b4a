import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buildApp } from 'fauxqs';
import { z } from 'zod';
import { PermanentError } from '../../../shared/platform/errors.ts';
import { account, region, type ServedResource } from '../resources.ts';
import type { Guard } from './guard.ts';
import { bodyOf, refuse } from './json-server.ts';
import { close, listen } from './listen.ts';

const messageSchema = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  Body: z.string(),
  MD5OfBody: z.string(),
  Attributes: z.record(z.string(), z.string()),
  MessageAttributes: z
    .record(
      z.string(),
      z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
    )
    .default({}),
});
export type SqsMessage = z.infer<typeof messageSchema>;

const receivedSchema = z.object({ Messages: z.array(messageSchema).default([]) });
const countsSchema = z.object({ Attributes: z.record(z.string(), z.coerce.number()) });

export interface Sqs extends AsyncDisposable {
  endpoint: string;
  createQueue(queue: ServedResource): Promise<void>;
  send(queue: string, body: string): Promise<void>;
  /** At most `count` messages; when there are none, waits up to `seconds` for the first. */
  receive(queue: string, count: number, seconds: number): Promise<SqsMessage[]>;
  delete(queue: string, receiptHandles: string[]): Promise<void>;
  /** Messages in a queue that are waiting, delayed or being worked on. */
  count(queue: string): Promise<number>;
}

/**
 * Starts an SQS in this process, in memory. The runner's own calls bypass HTTP and take about 50 µs each.
 * @param guard decides about all other calls; without one every call is served, for tests
 */
export async function startSqs(guard?: Guard): Promise<Sqs> {
  const app = buildApp({ logger: false, defaultRegion: region });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '/', headers } = request;
    const body = await bodyOf(request);
    const refusal = await guard?.({ method, url, headers, body });
    if (refusal) return refuse(response, refusal);
    const answer = await app.inject({ method: 'POST', url, headers, payload: body });
    response.writeHead(answer.statusCode, answer.headers).end(answer.rawPayload);
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.destroy());
  });
  const endpoint = await listen(server);

  async function call(action: string, body: object): Promise<unknown> {
    const response = await app.inject({
      method: 'POST',
      url: '/',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${action}` },
      payload: JSON.stringify(body),
    });
    if (response.statusCode !== 200) throw new PermanentError(`SQS ${action}: ${response.payload}`);
    return JSON.parse(response.payload);
  }
  const url = (queue: string) => `${endpoint}/${account}/${queue}`;

  return {
    endpoint,
    async createQueue({ id, properties }) {
      await call('CreateQueue', { QueueName: id, Attributes: queueSchema.parse(properties) });
    },
    async send(queue, body) {
      await call('SendMessage', { QueueUrl: url(queue), MessageBody: body });
    },
    async receive(queue, count, seconds) {
      const request = {
        QueueUrl: url(queue),
        MaxNumberOfMessages: count,
        WaitTimeSeconds: seconds,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      };
      return receivedSchema.parse(await call('ReceiveMessage', request)).Messages;
    },
    async delete(queue, receiptHandles) {
      const Entries = receiptHandles.map((ReceiptHandle, index) => ({ Id: `${index}`, ReceiptHandle }));
      if (Entries.length > 0) await call('DeleteMessageBatch', { QueueUrl: url(queue), Entries });
    },
    async count(queue) {
      const answer = await call('GetQueueAttributes', { QueueUrl: url(queue), AttributeNames: counted });
      return Object.values(countsSchema.parse(answer).Attributes).reduce((sum, each) => sum + each, 0);
    },
    async [Symbol.asyncDispose]() {
      await close(server);
      await app.close();
    },
  };
}

const counted = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

const seconds = z.int().transform(String).optional();
const queueSchema = z
  .object({
    VisibilityTimeout: seconds,
    MessageRetentionPeriod: seconds,
    DelaySeconds: seconds,
    ReceiveMessageWaitTimeSeconds: seconds,
    RedrivePolicy: z
      .object({ deadLetterTargetArn: z.string(), maxReceiveCount: z.int() })
      .transform((policy) => JSON.stringify(policy))
      .optional(),
    FifoQueue: z.literal(false).optional(),
  })
  .transform(({ FifoQueue: _, ...attributes }) => attributes);
