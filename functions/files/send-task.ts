import { sendingFromEnvironment } from '../../shared/files/environment.ts';
import { namesOf, sendFile } from '../../shared/files/send/send.ts';
import { workForToken } from '../../shared/files/send/task-token.ts';
import { outboundSchema } from '../../shared/files/transfer.ts';
import { createSfn } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { TransientError } from '../../shared/platform/errors.ts';

// A program, not a function: what send-file does, in a task that has days for it.
const { TRANSFER, TASK_TOKEN } = configuration(['TRANSFER', 'TASK_TOKEN']);
const sending = sendingFromEnvironment();
const stopped = new AbortController();
process.on('SIGTERM', () => stopped.abort(new TransientError('The task was stopped')));

// A transfer that can't be read fails the task below, without names.
const { data: transfer } = outboundSchema.safeParse(TRANSFER);
const names = transfer ? namesOf(transfer) : {};
await workForToken({ ...sending, sfn: createSfn(), token: TASK_TOKEN, names }, async (unwanted) =>
  sendFile(sending, outboundSchema.parse(TRANSFER), AbortSignal.any([unwanted, stopped.signal])),
);
// The next heartbeat would be waited for.
process.exit();
