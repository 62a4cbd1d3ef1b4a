import { z } from 'zod';
import { nameOf, region, type ServedResource } from '../resources.ts';
import type { Sqs, SqsMessage } from '../services/sqs.ts';
import type { InvocationResult } from './host.ts';
import type { LambdaFunction } from './lambda.ts';

const longPollSeconds = 20;

const mappingSchema = z
  .object({
    EventSourceArn: z.string(),
    FunctionName: z.string(),
    BatchSize: z.int().default(10),
    Enabled: z.boolean().default(true),
    FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
    ScalingConfig: z.object({ MaximumConcurrency: z.int() }).optional(),
    MaximumBatchingWindowInSeconds: z.literal(0).optional(),
    FilterCriteria: z.never().optional(),
  })
  .transform((properties) => ({
    queueArn: properties.EventSourceArn,
    queue: nameOf(properties.EventSourceArn),
    function: nameOf(properties.FunctionName),
    batchSize: properties.BatchSize,
    enabled: properties.Enabled,
    partialFailures: properties.FunctionResponseTypes.length > 0,
    concurrency: properties.ScalingConfig?.MaximumConcurrency ?? 5,
  }));
export type EventSource = z.infer<typeof mappingSchema>;

export function parseEventSource({ properties }: ServedResource): EventSource {
  return mappingSchema.parse(properties);
}

/**
 * Polls a queue for a function, like an event source mapping: processed messages are deleted, failed ones become visible again
 * after the visibility timeout.
 * @returns a function that stops polling; running batches continue
 */
export function startEventSource(
  source: EventSource,
  sqs: Sqs,
  target: LambdaFunction,
  onLog: (line: string) => void,
): () => void {
  let stopped = false;
  let atWork = 0;
  let freed: () => void = () => {};

  async function handle(messages: SqsMessage[]): Promise<void> {
    const outcome = await target.invoke({ Records: messages.map((message) => recordOf(message, source.queueArn)) });
    const ids = messages.map((message) => message.MessageId);
    const failed = failedIds(outcome, ids, source.partialFailures);
    if (outcome.functionError) onLog(`${target.name} failed: ${outcome.functionError.errorType}`);
    const done = messages.filter((message) => !failed.has(message.MessageId));
    await sqs.delete(
      source.queue,
      done.map((message) => message.ReceiptHandle),
    );
  }

  async function poll(): Promise<void> {
    while (!stopped) {
      if (atWork >= source.concurrency) await new Promise<void>((free) => (freed = free));
      // Messages that arrive while the function is busy go into one batch.
      await target.ready();
      const messages = stopped ? [] : await sqs.receive(source.queue, source.batchSize, longPollSeconds);
      if (messages.length === 0) continue;
      atWork++;
      handle(messages)
        .catch((error) => onLog(`${source.queue}: ${error}`)) // The messages become visible again.
        .finally(() => {
          atWork--;
          freed();
        });
    }
  }
  poll().catch((error) => {
    if (!stopped) onLog(`${source.queue}: polling ended: ${error}`);
  });
  return () => {
    stopped = true;
  };
}

const responseSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).nullish() })
  .nullable();

/**
 * Ids of the messages of a batch that failed. A response that breaks the rules, or names a message that isn't in the batch, fails
 * them all: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function failedIds(outcome: InvocationResult, ids: string[], partialFailures: boolean): Set<string> {
  if (outcome.functionError) return new Set(ids);
  if (!partialFailures) return new Set();
  const response = responseSchema.safeParse(JSON.parse(outcome.payload));
  if (!response.success) return new Set(ids);
  const failed = response.data?.batchItemFailures?.map((failure) => failure.itemIdentifier) ?? [];
  return new Set(failed.every((id) => ids.includes(id)) ? failed : ids);
}

/** A record of a function's event: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
function recordOf(message: SqsMessage, eventSourceARN: string): object {
  const attributes = Object.entries(message.MessageAttributes).map(([name, attribute]) => {
    const { DataType: dataType, StringValue: stringValue, BinaryValue: binaryValue } = attribute;
    return [name, { stringValue, binaryValue, stringListValues: [], binaryListValues: [], dataType }];
  });
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion: region,
  };
}
