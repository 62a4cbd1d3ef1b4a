import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { isPaused } from '../../operations/pause.ts';
import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { decodeKey } from '../../platform/s3.ts';
import { enrolResult, type Outbox } from './register.ts';

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
export function outboxFunction(outbox: Outbox, startTransfers: () => Promise<void>) {
  const { bridge } = outbox;
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    if (await isPaused(bridge.db, bridge.tables.control)) return { batchItemFailures: [] };
    let enrolled = false;
    const handle = async (record: SQSRecord) => {
      try {
        for (const key of readKeys(record)) enrolled = (await enrolResult(outbox, key)) || enrolled;
      } catch (error) {
        bridge.log.error('queue message failed', { queueMessageId: record.messageId, error: describeError(error) });
        throw error;
      }
    };
    const processor = new BatchProcessor(EventType.SQS);
    const response = await processPartialResponse(event, handle, processor, {
      context,
      throwOnFullBatchFailure: false,
    });
    if (enrolled) await startTransfers();
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
