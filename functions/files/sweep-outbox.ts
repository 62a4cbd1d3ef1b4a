import type { Context } from 'aws-lambda';
import { outboxFromEnvironment, transfersFromEnvironment } from '../../shared/files/environment.ts';
import { sweepOutbox } from '../../shared/files/outbox/sweep.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { isPaused } from '../../shared/operations/pause.ts';

const context = messageContextFromEnvironment();
const transfers = transfersFromEnvironment(context);
const outbox = outboxFromEnvironment(context);

/** Left of the function's time, in milliseconds, when a sweep leaves the rest to the next: a page of new results takes a minute. */
const margin = 120_000;

export async function handler(_event: unknown, lambdaContext: Context): Promise<void> {
  if (await isPaused(context.db, context.tables.control)) return;
  const isTimeUp = () => lambdaContext.getRemainingTimeInMillis() < margin;
  if ((await sweepOutbox(outbox, isTimeUp)) > 0) await startTransfers(transfers);
}
