import type { Context } from 'aws-lambda';
import { sendingFromEnvironment } from '../../shared/files/environment.ts';
import { sendFile } from '../../shared/files/send/send.ts';
import { outboundSchema } from '../../shared/files/transfer.ts';

const sending = sendingFromEnvironment();

/** Left of the function's time, in milliseconds, when a return is given up, so that its failure is still recorded. */
const margin = 10_000;

export async function handler(event: unknown, context: Context) {
  const signal = AbortSignal.timeout(Math.max(1, Math.floor(context.getRemainingTimeInMillis() - margin)));
  return sendFile(sending, outboundSchema.parse(event), signal);
}
