import { transfersFromEnvironment } from '../../shared/files/environment.ts';
import { sweepOutbox } from '../../shared/files/outbox/sweep.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import { messageContextFromEnvironment } from '../../shared/messages/environment.ts';
import { isPaused } from '../../shared/operations/pause.ts';
import { schedule } from '../../shared/platform/middleware/chains.ts';

const context = transfersFromEnvironment(messageContextFromEnvironment());

/** Milliseconds before the timeout at which a sweep leaves the rest to the next one: a page of new results takes a minute. */
const margin = 120_000;

export const handler = schedule(context, {
  margin,
  skip: () => isPaused(context.db, context.tables.control),
  run: async (deadline) => {
    if ((await sweepOutbox(context, deadline)) > 0) await startTransfers(context);
  },
});
