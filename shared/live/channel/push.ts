import { forEachConcurrently } from '../../platform/concurrency.ts';
import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import { closeConnection, closings, forgetConnection } from '../close.ts';
import type { LiveContext } from '../context.ts';
import type { Message } from '../protocol/message.ts';
import { maxMessageBytes } from '../sockets.ts';
import { append, type Entry, type NewEntry, type Place } from './log.ts';
import { type Subscription, subscriptionsOf } from './subscriptions.ts';

/** Posts at once: one slow client holds up one of them. */
const concurrency = 50;

/** Bytes that the envelope of a push may take. */
const envelopeBytes = 1_024;

export interface Pushed {
  place: Place;
  /** Number of connections that got the push. */
  delivered: number;
}

/**
 * Pushes a message to the connections of a channel: into its log first, so that who is away gets it later.
 *
 * @throws InvalidInputError when the message is larger than API Gateway's 128 KB
 */
export async function push(
  context: LiveContext,
  channel: string,
  message: Message,
  options: Omit<NewEntry, 'text'> = {},
): Promise<Pushed> {
  const text = JSON.stringify(message);
  if (Buffer.byteLength(text) > maxMessageBytes - envelopeBytes)
    throw new InvalidInputError('message: must have at most 127 kB');
  const { place, isNew } = await append(context, channel, { text, ...options });
  const all = await subscriptionsOf(context, channel);
  // Doubles are dropped by clients that know offsets. The others might have got this push before.
  const receivers = isNew ? all : all.filter(knowsOffsets);
  const entry: Entry = { offset: place.offset, text, except: options.except };
  let delivered = 0;
  await forEachConcurrently(receivers, concurrency, async (subscription) => {
    const got = await deliver(context, subscription, entry);
    if (got && !isExcepted(subscription, entry)) delivered += 1;
  });
  return { place, delivered };
}

/**
 * Sends entries of the log to a connection, in their order.
 *
 * @param audiences that the connection belongs to now: of an entry for others it gets the offset alone
 */
export async function replay(
  context: LiveContext,
  subscription: Subscription,
  entries: readonly Entry[],
  audiences: readonly string[],
): Promise<void> {
  for (const entry of entries) {
    const mayHave = !entry.audiences || entry.audiences.some((audience) => audiences.includes(audience));
    const shown = mayHave ? entry : { ...entry, except: subscription.session };
    if (!(await deliver(context, subscription, shown))) return;
  }
}

const knowsOffsets = ({ features }: Pick<Subscription, 'features'>): boolean => features.includes('resume');

const isExcepted = ({ session }: Subscription, { except }: Entry): boolean => except === session;

/** Sends one push to one connection. @returns whether the connection got it, or its place where it is not for it */
async function deliver(context: LiveContext, subscription: Subscription, entry: Entry): Promise<boolean> {
  const { channel, subscriber: connectionId, validUntil } = subscription;
  const { clock, log, sockets } = context;
  try {
    if (validUntil <= clock.now()) {
      await closeConnection(context, { connectionId, channel }, closings.expired);
      return false;
    }
    const frame = frameFor(subscription, entry);
    if (frame === undefined) return true;
    if (await sockets.post(connectionId, frame)) return true;
    await forgetConnection(context, { connectionId, channel });
  } catch (error) {
    // The entry is in the log: the client finds that it misses one, and asks for it.
    log.warn('push failed', {
      connectionId,
      error: describeError(error),
      ...emfMetrics({ LiveFailures: 1 }, clock.now()),
    });
  }
  return false;
}

/** The text that a connection gets for an entry. */
function frameFor(subscription: Subscription, entry: Entry): string | undefined {
  const { offset, text } = entry;
  const excepted = isExcepted(subscription, entry);
  if (!knowsOffsets(subscription)) return excepted ? undefined : text;
  const place = { push: true, channel: subscription.channel, offset };
  // Without this the client would take the offset for one that it misses.
  return JSON.stringify(excepted ? { action: 'offset', ...place } : { ...JSON.parse(text), ...place });
}
