import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { isPaused } from '../../operations/pause.ts';
import { type LambdaHandler, queue } from '../../platform/middleware/chains.ts';
import { withSubsegment } from '../../platform/trace.ts';
import { idSchema } from '../../portal/id.ts';
import type { MessageType } from '../../portal/message-schema.ts';
import type { MessageContext } from '../context.ts';
import { removeEntries } from '../mark.ts';
import { handleMessage } from './handle.ts';
import type { MessageHandler } from './handler.ts';
import { giveBack } from './lease.ts';

/** Milliseconds before the function's timeout at which leases end and work has to be done. */
const margin = 2_000;

/**
 * The Lambda handler for the queue of one message type. A record counts as failed if it cannot be decoded or if its failure
 * could not be recorded in the table. All other outcomes are in the table. During an operator's pause messages are dropped,
 * which counts no attempt: the first poll after the pause queues them again.
 */
export const messageFunction = <Type extends MessageType>(
  context: MessageContext,
  handler: MessageHandler<Type>,
): LambdaHandler<SQSBatchResponse> =>
  queue(context, {
    margin,
    skip: () => isPaused(context.db, context.tables.control),
    body: z.object({ messageId: idSchema }),
    drop: ({ messageId }) => giveBack(context, messageId),
    handle: ({ messageId }, deadline) =>
      withSubsegment(context, { name: handler.type, messageId }, () =>
        handleMessage(context, handler, messageId, deadline),
      ),
    finish: (marked) => removeEntries(context, marked.flat()),
  });
