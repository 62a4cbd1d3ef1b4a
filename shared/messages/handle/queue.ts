import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { traced } from '../../platform/trace.ts';
import { idSchema } from '../../portal/id.ts';
import type { MessageType } from '../../portal/messages.ts';
import type { Bridge } from '../context.ts';
import { handleMessage } from './handle.ts';
import type { Effect } from './handler.ts';

const bodySchema = z.object({ messageId: idSchema });

/** Left of a function's time, in milliseconds, when its leases end and it should be done. */
const margin = 2_000;

/**
 * The Lambda handler for the queue of one message type. Records that can't be decoded, or whose failure could not be
 * recorded in the table, are reported as failed; of all others the table tells how they went.
 */
export function messageFunction<Type extends MessageType>(bridge: Bridge, effect: Effect<Type>) {
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const deadline = bridge.clock.now() + context.getRemainingTimeInMillis() - margin;
    const handle = async (record: SQSRecord) => {
      try {
        const { messageId } = parseBody(record);
        await traced(bridge, { name: effect.type, messageId }, () =>
          handleMessage(bridge, effect, messageId, deadline),
        );
      } catch (error) {
        bridge.log.error('queue message failed', { queueMessageId: record.messageId, error: describeError(error) });
        throw error;
      }
    };
    const processor = new BatchProcessor(EventType.SQS);
    return processPartialResponse(event, handle, processor, { context, throwOnFullBatchFailure: false });
  };
}

function parseBody({ body }: SQSRecord): z.infer<typeof bodySchema> {
  try {
    return bodySchema.parse(JSON.parse(body));
  } catch {
    throw new InvalidInputError('body: must be JSON with the field messageId, a valid id');
  }
}
