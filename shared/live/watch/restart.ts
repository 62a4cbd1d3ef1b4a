import { emfMetrics } from '../../platform/metrics.ts';
import type { LiveContext } from '../context.ts';
import { watchState } from './lease.ts';

/** Starts the watch if the last one has died, or has failed to start the next. */
export async function restartWatch(context: LiveContext, start: () => Promise<void>): Promise<void> {
  if ((await watchState(context)) !== 'abandoned') return;
  const { clock, log } = context;
  log.warn('watch restarted', emfMetrics({ LiveFailures: 1 }, clock.now()));
  await start();
}
