import { forEachConcurrently } from '../../platform/concurrency.ts';
import { describeError, InvalidInputError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import { closeConnection, closings, forgetConnection } from '../close.ts';
import type { LiveContext } from '../context.ts';
import { maxMessageBytes } from '../limits.ts';
import type { Message } from '../protocol/message.ts';
import { type Appended, append, type ChannelEntry, type LogPlace, type NewEntry } from './log.ts';
import { type Subscription, subscriptionsOf } from './subscriptions.ts';

/** Posts at once: one slow client holds up one of them. */
const concurrency = 50;

/** Bytes that the envelope of a push may take. */
const envelopeBytes = 1_024;

export interface Pushed {
  place: LogPlace;
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
  const entry: NewEntry = { text: textOf(message), ...options };
  const appended = await append(context, channel, entry);
  const subscriptions = await subscriptionsOf(context, channel);
  return { place: appended.place, delivered: await deliverAll(context, subscriptions, [{ entry, ...appended }]) };
}

/** The text of a message, as logs keep it. @throws InvalidInputError when it is larger than API Gateway's 128 KB */
export function textOf(message: Message): string {
  const text = JSON.stringify(message);
  if (Buffer.byteLength(text) > maxMessageBytes - envelopeBytes)
    throw new InvalidInputError('message: must have at most 127 kB');
  return text;
}

/** An entry that was appended. */
export interface PushedEntry extends Appended {
  entry: Omit<ChannelEntry, 'offset'>;
}

/**
 * Sends entries of a log to connections of its channel, to each in their order.
 *
 * @returns how often a connection got an entry
 */
export async function deliverAll(
  context: LiveContext,
  subscriptions: readonly Subscription[],
  deliveries: readonly PushedEntry[],
): Promise<number> {
  const entries = deliveries.map(({ entry: { text, except }, place: { offset }, isNew }) => {
    const entry: ChannelEntry = { offset, text, except };
    return { entry, isNew, frames: framesFor(entry) };
  });
  let delivered = 0;
  await forEachConcurrently(subscriptions, concurrency, async (subscription) => {
    for (const { entry, isNew, frames } of entries) {
      // Doubles are dropped by clients that know offsets. The others might have got this push before.
      if (!isNew && !knowsOffsets(subscription)) continue;
      const outcome = await deliver(context, subscription, frames);
      if (outcome === 'closed') return;
      if (outcome === 'sent' && !isExcepted(subscription, entry)) delivered += 1;
    }
  });
  return delivered;
}

/**
 * Sends entries of the log to a connection, in their order.
 *
 * @param audiences that the connection belongs to now: of an entry for others it gets the offset alone
 */
export async function replay(
  context: LiveContext,
  subscription: Subscription,
  entries: readonly ChannelEntry[],
  audiences: readonly string[],
): Promise<void> {
  for (const entry of entries) {
    const mayHave = !entry.audiences || entry.audiences.some((audience) => audiences.includes(audience));
    const shown = mayHave ? entry : { ...entry, except: subscription.session };
    if ((await deliver(context, subscription, framesFor(shown))) !== 'sent') return;
  }
}

const knowsOffsets = ({ features }: Pick<Subscription, 'features'>): boolean => features.includes('resume');

const isExcepted = ({ session }: Subscription, { except }: ChannelEntry): boolean => except === session;

/** Sends one push to one connection: its place alone, or nothing, where it is not for it. */
async function deliver(
  context: LiveContext,
  subscription: Subscription,
  frameFor: FrameFor,
): Promise<'sent' | 'failed' | 'closed'> {
  const { channel, subscriber: connectionId, validUntil } = subscription;
  const { clock, log, sockets } = context;
  try {
    if (validUntil <= clock.now()) {
      await closeConnection(context, { connectionId, channel }, closings.expired);
      return 'closed';
    }
    const frame = frameFor(subscription);
    if (frame === undefined || (await sockets.post(connectionId, frame))) return 'sent';
    await forgetConnection(context, { connectionId, channel });
    return 'closed';
  } catch (error) {
    // The entry is in the log: the client finds that it misses one, and asks for it.
    log.warn('push failed', {
      connectionId,
      error: describeError(error),
      ...emfMetrics({ LiveFailures: 1 }, clock.now()),
    });
    return 'failed';
  }
}

/** Gives the text that a connection gets for an entry, if any. */
type FrameFor = (subscription: Subscription) => string | undefined;

/** Most connections of a channel get the same text, which is made once. */
function framesFor(entry: ChannelEntry): FrameFor {
  const { offset, text } = entry;
  let full: string | undefined;
  return (subscription) => {
    const excepted = isExcepted(subscription, entry);
    if (!knowsOffsets(subscription)) return excepted ? undefined : text;
    const place = { push: true, channel: subscription.channel, offset };
    // Without this the client would take the offset for one that it misses.
    if (excepted) return JSON.stringify({ action: 'offset', ...place });
    full ??= JSON.stringify({ ...JSON.parse(text), ...place });
    return full;
  };
}
