import { forEachConcurrently } from '../platform/concurrency.ts';
import { describeError } from '../platform/errors.ts';
import { type Subscription, subscriptionsOf } from './channel/subscriptions.ts';
import type { LiveContext } from './context.ts';

const concurrency = 50;

/** Sessions among subscriptions whose tokens have not ended. */
export const sessionsIn = (subscriptions: readonly Subscription[], now: number): string[] => [
  ...new Set(subscriptions.filter(({ validUntil }) => validUntil > now).map(({ session }) => session)),
];

/**
 * Reports to the connections of a channel that a session has come or gone. Such a report has no place in the log: a client that
 * reconnects requests the list of sessions.
 */
export async function announce(
  context: LiveContext,
  { channel, session }: Pick<Subscription, 'channel' | 'session'>,
  event: 'join' | 'leave',
): Promise<void> {
  const { clock, sockets, log } = context;
  const subscriptions = await subscriptionsOf(context, channel);
  const sessions = sessionsIn(subscriptions, clock.now());
  const others = subscriptions.filter((other) => other.features.includes('presence') && other.session !== session);
  // Another connection of the session is there still.
  if (event === 'leave' && sessions.includes(session)) return;
  const text = JSON.stringify({ action: 'presence', push: true, channel, event, session, count: sessions.length });
  await forEachConcurrently(others, concurrency, async ({ subscriber: connectionId }) => {
    try {
      await sockets.post(connectionId, text);
    } catch (error) {
      log.warn('presence not reported', { connectionId, error: describeError(error) });
    }
  });
}
