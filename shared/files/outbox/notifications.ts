import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { isPaused } from '../../operations/pause.ts';
import { type LambdaHandler, queue } from '../../platform/middleware/chains.ts';
import { decodeKey } from '../../platform/s3.ts';
import type { FilesContext } from '../context.ts';
import { registerResult } from './register.ts';

/** A notification of objects (Amazon S3 user guide, "Event message structure"), or the test event of a new configuration. */
const notificationSchema = z.union([
  z.object({ Event: z.literal('s3:TestEvent') }).transform((): string[] => []),
  z
    .object({ Records: z.array(z.object({ s3: z.object({ object: z.object({ key: z.string() }) }) })) })
    .transform(({ Records }) => Records.map(({ s3 }) => decodeKey(s3.object.key))),
]);

/**
 * The Lambda handler for the queue of S3's notifications of objects put under `outbox/`. During an operator's pause it ignores
 * notifications: the sweep finds the objects later.
 *
 * @param startTransfers starts the transfers that are due
 */
export const notificationFunction = (
  context: FilesContext,
  startTransfers: () => Promise<void>,
): LambdaHandler<SQSBatchResponse> =>
  queue(context, {
    skip: () => isPaused(context.db, context.tables.control),
    body: notificationSchema,
    handle: (keys) => registerAll(context, keys),
    finish: async (registered) => {
      if (registered.includes(true)) await startTransfers();
    },
  });

/** @returns whether a result has to be sent */
async function registerAll(context: FilesContext, keys: readonly string[]): Promise<boolean> {
  let registered = false;
  for (const key of keys) registered = (await registerResult(context, key)) || registered;
  return registered;
}
