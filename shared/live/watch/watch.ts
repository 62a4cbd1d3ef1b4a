import { describeError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import type { LiveContext } from '../context.ts';
import { pushUnpublished } from '../events/push-unpublished.ts';
import { checkConnections } from './check-connections.ts';
import { leaseTime, takeWatchLease } from './lease.ts';
import { PollReports } from './poll-reports.ts';
import { ProgressReports } from './progress-reports.ts';

/**
 * Milliseconds between two reads of new rows. With the pushes themselves less than a second, within which a revocation takes
 * effect.
 */
const eventInterval = 100;

/** Milliseconds between two checks of all connections. */
const checkInterval = 1_000;

/** How a watch ended: nobody is connected, another watch has begun, or its time is over and it has to go on. */
export type WatchEnd = 'idle' | 'replaced' | 'unfinished';

/**
 * Runs as long as anybody is connected: pushes events, reports the progress of transfers and the ends of polls, and closes connections
 * when their time is over. A function that a client invokes could not wait for these.
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
    // A lease that cannot be handed over ends by itself.
    if ((await attempt(context, lease.handOver)) === undefined) await clock.sleep(leaseTime);
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
  const [progress, polls] = [new ProgressReports(context), new PollReports(context)];
  const applied = new Set<string>();
  let checkedAt = Number.NEGATIVE_INFINITY;
  let reported: Promise<unknown> | undefined;
  let end: WatchEnd | undefined;
  /** Does what is due each second. */
  const look = async () => {
    const now = clock.now();
    if (end || now < checkedAt + checkInterval) return;
    checkedAt = now;
    const isRenewed = await attempt(context, renew);
    // Whether another watch has begun is unknown then: to push what it pushes does no harm.
    if (isRenewed === undefined) return;
    if (!isRenewed) {
      end = 'replaced';
      return;
    }
    const connections = await attempt(context, () => checkConnections(context, timeout));
    if (connections?.length === 0) end = 'idle';
    // Events do not wait for it, and there is one at a time.
    reported ??= Promise.all(
      [progress, polls].map((reports) => attempt(context, () => reports.send(connections ?? []))),
    ).finally(() => {
      reported = undefined;
    });
  };
  while (clock.now() < deadline) {
    await look();
    if (end) return end;
    const hasMore = await attempt(context, () => pushUnpublished(context, applied, look));
    if (!hasMore) await clock.sleep(eventInterval);
  }
  await reported;
  return 'unfinished';
}

/** A failure does not end the watch: the next round repeats the work. */
async function attempt<Result>({ clock, log }: LiveContext, look: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await look();
  } catch (error) {
    log.warn('watch failed', { error: describeError(error), ...emfMetrics({ LiveFailures: 1 }, clock.now()) });
    return undefined;
  }
}
