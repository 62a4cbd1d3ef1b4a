import { publishEvents } from '../../shared/history/publish.ts';
import { createDatabase, createEventBridge } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { eventBridge } from '../../shared/platform/event-bus.ts';
import { createLog } from '../../shared/platform/logger.ts';
import { schedule } from '../../shared/platform/middleware/chains.ts';
import { tablesFromEnvironment } from '../../shared/platform/tables.ts';
import { systemClock } from '../../shared/platform/time.ts';

const env = configuration(['EVENT_BUS']);
const publishing = {
  db: createDatabase(),
  clock: systemClock,
  log: createLog(),
  bus: eventBridge(createEventBridge(), env.EVENT_BUS),
  table: tablesFromEnvironment().unpublished,
};

/** Milliseconds before the timeout at which the rest is left to the next run. */
const margin = 15_000;

export const handler = schedule(publishing, { margin, run: (deadline) => publishEvents(publishing, deadline) });
