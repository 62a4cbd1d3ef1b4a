import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { withSubsegment } from '../../platform/trace.ts';
import { idSchema } from '../../portal/id.ts';
import type { MessageType } from '../../portal/messages.ts';
import type { MessageContext } from '../context.ts';
import { handleMessage } from './handle.ts';
import type { MessageHandler } from './handler.ts';

const bodySchema = z.object({ messageId: idSchema });

/** Left of a function's time, in milliseconds, when its leases end and it should be done. */
const margin = 2_000;

/**
 * The Lambda handler for the queue of one message type. Records that can't be decoded, or whose failure could not be
 * recorded in the table, are reported as failed; of all others the table tells how they went.
 */
export function messageFunction<Type extends MessageType>(context: MessageContext, effect: MessageHandler<Type>) {
  return async (event: SQSEvent, lambdaContext: Context): Promise<SQSBatchResponse> => {
    const deadline = context.clock.now() + lambdaContext.getRemainingTimeInMillis() - margin;
    const handle = async (record: SQSRecord) => {
      try {
        const { messageId } = parseBody(record);
        await withSubsegment(context, { name: effect.type, messageId }, () =>
          handleMessage(context, effect, messageId, deadline),
        );
      } catch (error) {
        context.log.error('queue message failed', { queueMessageId: record.messageId, error: describeError(error) });
        throw error;
      }
    };
    const processor = new BatchProcessor(EventType.SQS);
    return processPartialResponse(event, handle, processor, { context: lambdaContext, throwOnFullBatchFailure: false });
  };
}

function parseBody({ body }: SQSRecord): z.infer<typeof bodySchema> {
  try {
    return bodySchema.parse(JSON.parse(body));
  } catch {
    throw new InvalidInputError('body: must be JSON with the field messageId, a valid id');
  }
}
