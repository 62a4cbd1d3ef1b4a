import { getItem } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { type ChannelEntry, openLog, readBetween } from '../channel/log.ts';
import { replay } from '../channel/push.ts';
import { type Subscription, subscribe } from '../channel/subscriptions.ts';
import { closeConnection, closings, forgetConnection } from '../close.ts';
import type { ConnectionRow } from '../connection.ts';
import type { LiveContext } from '../context.ts';
import { logOf } from '../events/audience.ts';
import { currentRights } from '../events/rights.ts';
import type { Manager } from '../manager.ts';
import { announce } from '../presence.ts';
import type { Outcome } from './outcome.ts';

/**
 * Sends the answer to a message. Closes the connection if the outcome says so, or if the answer cannot be sent, as to a client
 * that does not read.
 *
 * @returns how the connection changes; undefined when it is closed
 */
export async function sendAnswer(
  manager: Manager,
  row: ConnectionRow,
  outcome: Outcome,
): Promise<Partial<ConnectionRow> | undefined> {
  const { context } = manager;
  const after = { ...row, ...outcome.changes };
  const closed = { connectionId: row.connectionId, channel: after.identity?.channel };
  try {
    if (!(await context.sockets.post(row.connectionId, JSON.stringify(outcome.answer)))) {
      await forgetConnection(context, closed);
      return undefined;
    }
    if (outcome.close !== undefined) {
      await closeConnection(context, closed, outcome.close === 'quietly' ? undefined : outcome.close);
    } else if (await follow(manager, after, outcome)) {
      return { ...outcome.changes, subscribed: true };
    } else {
      await closeConnection(context, closed, closings.revoked);
    }
  } catch (error) {
    // The next answer would be taken for the one that is missing.
    context.log.error('connection failed', { connectionId: row.connectionId, error: describeError(error) });
    await closeConnection(context, closed, closings.fault);
  }
  return undefined;
}

/**
 * Lets an authenticated client have its pushes: after the answer, which is the first message that it expects.
 *
 * @returns false when its token has ended meanwhile
 */
async function follow({ context }: Manager, row: ConnectionRow, { changes, missed }: Outcome): Promise<boolean> {
  // A function that broke off after the answer has left the connection without a subscription.
  if (row.subscribed && !changes?.identity && !missed) return true;
  const subscription = await subscribe(context, row);
  // Pushes from before the subscription went to others alone.
  const pushes = missed ? await pushesSince(context, subscription, missed) : [];
  // Whoever ended the token saw the subscription and closes the connection, or is seen here.
  const audiences = await audiencesNow(
    context,
    subscription,
    pushes.flatMap((entry) => entry.audiences ?? []),
  );
  if (!audiences) return false;
  if (!row.subscribed) await announce(context, subscription, 'join');
  await replay(context, subscription, pushes, audiences);
  return true;
}

/** The audiences that a subscriber belongs to, as far as they matter; undefined when its token has ended. */
async function audiencesNow(
  context: LiveContext,
  { channel, account }: Subscription,
  among: readonly string[],
): Promise<readonly string[] | undefined> {
  // Other services know no rights but the token.
  if (!account) return [];
  const [current, session] = await Promise.all([
    currentRights(context, account.name, among),
    getItem(context.db, context.tables.sessions, { sessionId: account.sessionId }),
  ]);
  if (!session || current?.account.generation !== account.generation) return undefined;
  // A service may have channels of its own, which events do not come to.
  return logOf(current.account) === channel ? current.audiences : [];
}

/** Reads the pushes that a client missed, and those until now. */
async function pushesSince(
  context: LiveContext,
  { channel }: Subscription,
  { place, missed }: NonNullable<Outcome['missed']>,
): Promise<ChannelEntry[]> {
  const { offset } = await openLog(context, channel);
  return [...missed, ...(await readBetween(context, channel, place.offset, offset))];
}
