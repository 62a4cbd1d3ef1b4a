import type { Context } from 'aws-lambda';
import { publishEvents } from '../../shared/history/publish.ts';
import { createDatabase, createEventBridge } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { eventBridge } from '../../shared/platform/event-bus.ts';
import { createLog } from '../../shared/platform/logger.ts';

const env = configuration(['UNPUBLISHED_TABLE', 'EVENT_BUS']);
const publishing = {
  db: createDatabase(),
  log: createLog(),
  bus: eventBridge(createEventBridge(), env.EVENT_BUS),
  table: env.UNPUBLISHED_TABLE,
};

/** Left of the function's time, in milliseconds, when it should be done. */
const margin = 15_000;

export const handler = (_event: unknown, context: Context): Promise<void> =>
  publishEvents(publishing, () => context.getRemainingTimeInMillis() < margin);
