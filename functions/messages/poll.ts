import type { Context } from 'aws-lambda';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { poll } from '../../shared/messages/poll/poll.ts';
import { configuration } from '../../shared/platform/configuration.ts';

const env = configuration(['USERS_TABLE', 'FILES_TABLE', 'STRICT_MESSAGES']);
const context = messageContextFromEnvironment(env.STRICT_MESSAGES);
const transfers = transfersFromEnvironment(context);

/** Left of the function's time, in milliseconds, when the poll's lease ends. */
const margin = 10_000;

export async function handler(_event: unknown, lambdaContext: Context): Promise<void> {
  await poll(context, {
    tables: { users: env.USERS_TABLE, files: env.FILES_TABLE },
    startTransfers: () => startTransfers(transfers),
    deadline: context.clock.now() + lambdaContext.getRemainingTimeInMillis() - margin,
  });
}
