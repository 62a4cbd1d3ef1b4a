import { sendingFromEnvironment } from '../../shared/files/environment.ts';
import { sendFile } from '../../shared/files/send/send.ts';
import { outboundSchema } from '../../shared/files/transfer.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';

const sending = sendingFromEnvironment();

/** Milliseconds before the timeout at which sending is aborted, so that the failure can still be recorded. */
const margin = 10_000;

export const handler = invocation(sending, {
  margin,
  input: outboundSchema,
  run: (file, deadline) => sendFile(sending, file, sending.clock.timeout(deadline - sending.clock.now())),
});
