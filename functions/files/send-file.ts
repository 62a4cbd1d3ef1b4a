import { sendingFromEnvironment } from '../../shared/files/environment.ts';
import { sendFile } from '../../shared/files/send/send.ts';
import { outboundSchema } from '../../shared/files/transfer.ts';
import { step } from '../../shared/platform/middleware/chains.ts';

const sending = sendingFromEnvironment();

/** Milliseconds that remain when sending is given up, so that the failure is still recorded. */
const margin = 10_000;

export const handler = step(sending, {
  margin,
  input: outboundSchema,
  run: (file, deadline) => sendFile(sending, file, sending.clock.timeout(deadline - sending.clock.now())),
});
