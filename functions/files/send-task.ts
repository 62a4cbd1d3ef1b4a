import { sendingFromEnvironment } from '../../shared/files/environment.ts';
import { namesOf, sendFile } from '../../shared/files/send/send.ts';
import { workForToken } from '../../shared/files/send/task-token.ts';
import { outboundSchema } from '../../shared/files/transfer.ts';
import { createSfn } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { TransientError } from '../../shared/platform/errors.ts';

// A program, not a function: sends a file as send-file.ts does, in a task that may take days.
const { TRANSFER, TASK_TOKEN } = configuration(['TRANSFER', 'TASK_TOKEN']);
const sending = sendingFromEnvironment();
const stopped = new AbortController();
process.on('SIGTERM', () => stopped.abort(new TransientError('The task was stopped')));

// An unreadable transfer has no names; parsing it below fails the task.
const { data: transfer } = outboundSchema.safeParse(TRANSFER);
const names = transfer ? namesOf(transfer) : {};
await workForToken({ ...sending, sfn: createSfn(), token: TASK_TOKEN, names }, async (unwanted) =>
  sendFile(sending, outboundSchema.parse(TRANSFER), AbortSignal.any([unwanted, stopped.signal])),
);
// Exit without waiting for the next heartbeat.
process.exit();
