import { type Closing, closings } from '../close.ts';
import type { ConnectionRow } from '../connection.ts';
import { maxLife, reconnectNotice } from '../limits.ts';

/** Step that is due for a connection. */
export type Due = { action: 'close'; why: Closing | undefined } | { action: 'reconnect' };

/**
 * Decides which step is due. A client without features is closed without a message, as in the original protocol.
 *
 * @param now milliseconds since 1970
 * @param timeout seconds for the first message, and between two messages
 */
export function dueFor(row: ConnectionRow, now: number, timeout: number): Due | undefined {
  const { state, connectedAt, lastSeenAt, identity, features = [], reconnectAt } = row;
  // API Gateway has ended the connection without an event.
  if (now >= connectedAt + maxLife + reconnectNotice) return { action: 'close', why: undefined };
  const isNew = state === 'new';
  if (now >= (isNew ? connectedAt : lastSeenAt) + timeout * 1_000) {
    return { action: 'close', why: isNew || features.length === 0 ? undefined : closings.silent };
  }
  if (identity && now >= identity.validUntil) return { action: 'close', why: closings.expired };
  const isOld = now >= connectedAt + maxLife - reconnectNotice;
  return isOld && features.length > 0 && reconnectAt === undefined ? { action: 'reconnect' } : undefined;
}
