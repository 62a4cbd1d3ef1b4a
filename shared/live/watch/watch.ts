import { describeError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import type { LiveContext } from '../context.ts';
import { pushUnpublished } from '../events/publish.ts';
import { checkConnections } from './check-connections.ts';
import { takeWatchLease } from './lease.ts';
import { ProgressReports } from './progress-reports.ts';

/** Milliseconds between two looks at what is new: with the pushes themselves less than the second of a revocation. */
const eventInterval = 250;

/** Milliseconds between two looks at all connections. */
const checkInterval = 1_000;

/** How a watch ended: nobody is connected, another watch has begun, or its time is over and it has to go on. */
export type WatchEnd = 'idle' | 'replaced' | 'unfinished';

/**
 * Watches as long as anybody is connected: pushes what happens, reports how far transfers are, and does what time asks for with connections, which no function
 * that a client invokes can wait for.
 *
 * @param timeout seconds for the first message of a connection, and between two messages
 * @param deadline milliseconds since 1970
 */
export async function watch(context: LiveContext, timeout: number, deadline: number): Promise<WatchEnd> {
  const { clock } = context;
  for (;;) {
    const lease = await takeWatchLease(context);
    if (!lease) return 'replaced';
    const end = await watchWith(context, timeout, deadline, lease.renew);
    if (end === 'replaced') return end;
    await lease.handOver();
    if (end === 'unfinished') return end;
    // A client that connected before saw that there was a watch, and began none. One that connects from here on begins one.
    const connections = await attempt(context, () => checkConnections(context, timeout));
    if (connections?.length === 0) return (await lease.end()) ? end : 'replaced';
    if (clock.now() >= deadline) return 'unfinished';
  }
}

async function watchWith(
  context: LiveContext,
  timeout: number,
  deadline: number,
  renew: () => Promise<boolean>,
): Promise<WatchEnd> {
  const { clock } = context;
  const reports = new ProgressReports(context);
  let checkedAt = Number.NEGATIVE_INFINITY;
  let reported: Promise<unknown> | undefined;
  while (clock.now() < deadline) {
    const now = clock.now();
    if (now >= checkedAt + checkInterval) {
      checkedAt = now;
      if (!(await renew())) return 'replaced';
      const connections = await attempt(context, () => checkConnections(context, timeout));
      if (connections?.length === 0) return 'idle';
      // Events do not wait for it, and there is one at a time.
      reported ??= attempt(context, () => reports.send(connections ?? [])).finally(() => {
        reported = undefined;
      });
    }
    const hasMore = await attempt(context, () => pushUnpublished(context));
    if (!hasMore) await clock.sleep(eventInterval);
  }
  await reported;
  return 'unfinished';
}

/** One failure does not end the watch: the next look repeats what it was about. */
async function attempt<Result>({ clock, log }: LiveContext, look: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await look();
  } catch (error) {
    log.warn('watch failed', { error: describeError(error), ...emfMetrics({ LiveFailures: 1 }, clock.now()) });
    return undefined;
  }
}
