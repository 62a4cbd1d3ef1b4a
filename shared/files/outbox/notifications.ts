import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { isPaused } from '../../operations/pause.ts';
import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { decodeKey } from '../../platform/s3.ts';
import type { OutboxContext } from './context.ts';
import { registerResult } from './register.ts';

/** What S3 tells of objects (Amazon S3 user guide, "Event message structure"), and once that it is going to. */
const notificationSchema = z.union([
  z.object({ Event: z.literal('s3:TestEvent') }).transform(() => []),
  z
    .object({ Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })) })
    .transform(({ Records }) => Records.map(({ s3 }) => decodeKey(s3.object.key))),
]);

/**
 * The Lambda handler of the queue in which S3 tells what is put under `outbox/`. While an operator has paused the work it is
 * left to the sweep.
 *
 * @param startTransfers starts what is due
 */
export function notificationHandler(outbox: OutboxContext, startTransfers: () => Promise<void>) {
  const { context } = outbox;
  return async (event: SQSEvent, lambdaContext: Context): Promise<SQSBatchResponse> => {
    if (await isPaused(context.db, context.tables.control)) return { batchItemFailures: [] };
    let registered = false;
    const handle = async (record: SQSRecord) => {
      try {
        for (const key of readKeys(record)) registered = (await registerResult(outbox, key)) || registered;
      } catch (error) {
        context.log.error('queue message failed', { queueMessageId: record.messageId, error: describeError(error) });
        throw error;
      }
    };
    const processor = new BatchProcessor(EventType.SQS);
    const response = await processPartialResponse(event, handle, processor, {
      context: lambdaContext,
      throwOnFullBatchFailure: false,
    });
    if (registered) await startTransfers();
    return response;
  };
}

function readKeys({ body }: SQSRecord): string[] {
  try {
    return notificationSchema.parse(JSON.parse(body));
  } catch {
    throw new InvalidInputError('body: must be a notification of S3');
  }
}
