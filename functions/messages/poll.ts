import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { poll } from '../../shared/messages/poll/poll.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { schedule } from '../../shared/platform/middleware/chains.ts';

const env = configuration(['STRICT_MESSAGES']);
const context = messageContextFromEnvironment(env.STRICT_MESSAGES);
const transfers = transfersFromEnvironment(context);

/** Milliseconds before the timeout at which the poll's lease ends. */
const margin = 10_000;

export const handler = schedule(context, {
  margin,
  run: (deadline) => poll(context, { startTransfers: () => startTransfers(transfers), deadline }),
});
