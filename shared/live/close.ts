import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { describeError } from '../platform/errors.ts';
import { unsubscribe } from './channel/subscriptions.ts';
import type { LiveContext } from './context.ts';
import { announce } from './presence.ts';

/** Reasons why the server closes a connection, with the close codes of RFC 6455 or of the protocol. */
export const closings = {
  revoked: { code: 4401, comment: 'The token has been revoked' },
  expired: { code: 4401, comment: 'The token has expired' },
  silent: { code: 4408, comment: 'No message in time' },
  abuse: { code: 1008, comment: 'Too many bad messages' },
  fault: { code: 1011, comment: 'The service failed: connect again' },
  flood: { code: 1008, comment: 'Too many requests at once' },
  crowd: { code: 1008, comment: 'Too many connections of the account' },
} as const;

export type Closing = (typeof closings)[keyof typeof closings];

interface Closed {
  connectionId: string;
  /** Channel that the connection subscribes to. */
  channel?: string | undefined;
}

/** Closes a connection. API Gateway gives no close code, so a last message says why. @param why absent for a close without a message */
export async function closeConnection(context: LiveContext, closed: Closed, why?: Closing): Promise<void> {
  if (why) await sayWhy(context, closed.connectionId, why);
  await context.sockets.close(closed.connectionId);
  // Last, so that after a failure above the connection is still found and closed.
  await forgetConnection(context, closed);
}

/** Removes what the tables have of a connection that is closed. */
export async function forgetConnection(context: LiveContext, { connectionId, channel }: Closed): Promise<void> {
  const ended = channel === undefined ? undefined : await unsubscribe(context, { channel, subscriber: connectionId });
  await context.db.send(new DeleteCommand({ TableName: context.tables.connections, Key: { connectionId } }));
  if (ended) await announce(context, ended, 'leave');
}

async function sayWhy({ sockets, log }: LiveContext, connectionId: string, why: Closing): Promise<void> {
  try {
    await sockets.post(connectionId, JSON.stringify({ action: 'close', success: false, ...why }));
  } catch (error) {
    // A client that reads nothing is closed all the same.
    log.warn('last message not sent', { connectionId, error: describeError(error) });
  }
}
