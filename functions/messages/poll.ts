import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { poll } from '../../shared/messages/poll/poll.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { schedule } from '../../shared/platform/middleware/chains.ts';

const env = configuration(['USERS_TABLE', 'FILES_TABLE', 'STRICT_MESSAGES']);
const context = messageContextFromEnvironment(env.STRICT_MESSAGES);
const transfers = transfersFromEnvironment(context);

/** Milliseconds that remain when the poll's lease ends. */
const margin = 10_000;

const tables = { users: env.USERS_TABLE, files: env.FILES_TABLE };

export const handler = schedule(context, {
  margin,
  run: (deadline) => poll(context, { tables, startTransfers: () => startTransfers(transfers), deadline }),
});
