import type { Context } from 'aws-lambda';
import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { bridgeFromEnvironment } from '../../shared/messages/environment.ts';
import { poll } from '../../shared/messages/poll/poll.ts';
import { configuration } from '../../shared/platform/configuration.ts';

const env = configuration(['USERS_TABLE', 'FILES_TABLE', 'STRICT_MESSAGES']);
const bridge = bridgeFromEnvironment(env.STRICT_MESSAGES);
const transfers = transfersFromEnvironment(bridge);

/** Left of the function's time, in milliseconds, when the poll's lease ends. */
const margin = 10_000;

export async function handler(_event: unknown, context: Context): Promise<void> {
  await poll(bridge, {
    tables: { users: env.USERS_TABLE, files: env.FILES_TABLE },
    startTransfers: () => startTransfers(transfers),
    deadline: bridge.clock.now() + context.getRemainingTimeInMillis() - margin,
  });
}
