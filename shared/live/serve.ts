import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { forgetConnection } from './close.ts';
import type { ConnectionRow } from './connection.ts';
import { maxLife } from './limits.ts';
import type { Manager } from './manager.ts';
import { handleArrival } from './request/handle-arrival.ts';
import { handleMessage } from './request/handle-message.ts';
import { readConnection } from './request/turn.ts';
import type { SocketEvent } from './socket-event.ts';

/** API Gateway sends no body to clients; any other status refuses a connection. */
const done = { statusCode: 200 };

/**
 * Serves the three routes of the WebSocket API.
 *
 * @param onConnect called for each connection that comes
 */
export const serve =
  (manager: Manager, onConnect: () => Promise<void>) =>
  async (event: SocketEvent, deadline: number): Promise<typeof done> => {
    const { requestContext } = event;
    const { connectionId, requestTimeEpoch: at } = requestContext;
    if (requestContext.routeKey === '$connect') {
      await recordConnection(manager, requestContext);
      await onConnect();
    } else if (requestContext.routeKey === '$disconnect') {
      const row = await readConnection(manager.context, connectionId);
      if (row) await forgetConnection(manager.context, { connectionId, channel: row.identity?.channel });
    } else {
      const text = 'body' in event ? (event.body ?? '') : '';
      const handle = (row: ConnectionRow, message: string) => handleMessage(manager, row, message);
      await handleArrival(manager.context, { connectionId, at, text }, deadline, handle);
    }
    return done;
  };

async function recordConnection(
  { context: { db, clock, tables } }: Manager,
  { connectionId, connectedAt, identity }: SocketEvent['requestContext'],
): Promise<void> {
  const Item: ConnectionRow = {
    connectionId,
    state: 'new',
    address: identity.sourceIp,
    connectedAt,
    lastSeenAt: clock.now(),
    waiting: 0,
    arrived: 0,
    expiresAt: Math.ceil((connectedAt + 2 * maxLife) / 1_000),
  };
  await db.send(new PutCommand({ TableName: tables.connections, Item }));
}
