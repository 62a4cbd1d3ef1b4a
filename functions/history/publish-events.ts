import { publishEvents } from '../../shared/history/publish.ts';
import { liveFromEnvironment } from '../../shared/live/environment.ts';
import { pushRow } from '../../shared/live/events/push-unpublished.ts';
import { restartWatch } from '../../shared/live/watch/restart.ts';
import { rowsToPush } from '../../shared/live/watch/rows-to-push.ts';
import { recordMovedFiles } from '../../shared/operations/hours.ts';
import { createEventBridge } from '../../shared/platform/clients.ts';
import { configuration } from '../../shared/platform/configuration.ts';
import { eventBridge } from '../../shared/platform/event-bus.ts';
import { invoker } from '../../shared/platform/invoke.ts';
import { schedule } from '../../shared/platform/middleware/chains.ts';

const env = configuration(['EVENT_BUS', 'LIVE_WATCH_FUNCTION']);
const live = liveFromEnvironment();
const startWatch = invoker(env.LIVE_WATCH_FUNCTION);
const publishing = {
  ...live,
  bus: eventBridge(createEventBridge(), env.EVENT_BUS),
  table: live.tables.unpublished,
  toPush: (rows: Parameters<typeof rowsToPush>[1]) => rowsToPush(live, rows),
  pushRow: (row: Parameters<typeof pushRow>[1]) => pushRow(live, row),
  onPublished: (events: Parameters<typeof recordMovedFiles>[2]) =>
    recordMovedFiles(live.db, live.tables.control, events),
};

/** Milliseconds before the timeout at which the rest is left to the next run. */
const margin = 15_000;

export const handler = schedule(publishing, {
  margin,
  async run(deadline) {
    await restartWatch(live, startWatch);
    await publishEvents(publishing, deadline);
  },
});
