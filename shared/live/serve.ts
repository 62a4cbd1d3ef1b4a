import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { forgetConnection } from './close.ts';
import type { ConnectionRow, Identity } from './connection.ts';
import { maxLife } from './limits.ts';
import type { Manager } from './manager.ts';
import { handleArrival, handleWaiting } from './request/handle-arrival.ts';
import { handleMessage } from './request/handle-message.ts';
import { forgetMessages, readConnection } from './request/turn.ts';
import type { Continuation, RouteEvent } from './socket-event.ts';

/** API Gateway sends no body to clients; any other status refuses a connection. */
const done = { statusCode: 200 };

/** Called for connections as they come and go. */
export interface ConnectionHooks {
  onConnect(): Promise<void>;
  /** Invokes the function itself with an event. */
  goOn(event: Continuation): Promise<void>;
  /** @param headers of the handshake, by lower-case name. @returns the visitor that the browser was before, if any */
  visitorIn?(headers: Readonly<Record<string, string | undefined>>): string | undefined;
  /** Called when the connection of a visitor has got an owner, and when it ends. */
  onVisitor?(identity: Identity, visitor: string): Promise<void>;
}

/** Serves the three routes of the WebSocket API, and the messages that an earlier invocation has left. */
export const serve =
  (manager: Manager, hooks: ConnectionHooks) =>
  async (event: RouteEvent | Continuation, deadline: number): Promise<typeof done> => {
    const { context } = manager;
    const handle = async (row: ConnectionRow, message: string) => {
      const changes = await handleMessage(manager, row, message);
      await greetVisitor(hooks, changes?.identity, row.visitor);
      return changes;
    };
    const handling = { deadline, handle, goOn: hooks.goOn };
    if ('connectionId' in event) {
      await handleWaiting(context, event.connectionId, handling);
      return done;
    }
    const { requestContext } = event;
    const { connectionId, requestTimeEpoch: at } = requestContext;
    if (requestContext.routeKey === '$connect') {
      const headers = 'headers' in event ? lowerCased(event.headers) : {};
      await recordConnection(manager, requestContext, hooks.visitorIn?.(headers));
      await hooks.onConnect();
    } else if (requestContext.routeKey === '$disconnect') {
      const row = await readConnection(context, connectionId);
      if (row) {
        await forgetConnection(context, { connectionId, channel: row.identity?.channel });
        await greetVisitor(hooks, row.identity, row.visitor);
      }
      await forgetMessages(context, connectionId);
    } else {
      const text = 'body' in event ? (event.body ?? '') : '';
      await handleArrival(context, { connectionId, at, text }, handling);
    }
    return done;
  };

async function greetVisitor(
  { onVisitor }: ConnectionHooks,
  identity: Identity | undefined,
  visitor: string | undefined,
): Promise<void> {
  if (identity && visitor !== undefined) await onVisitor?.(identity, visitor);
}

const lowerCased = (headers: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

async function recordConnection(
  { context: { db, clock, tables } }: Manager,
  { connectionId, connectedAt, identity }: RouteEvent['requestContext'],
  visitor: string | undefined,
): Promise<void> {
  const Item: ConnectionRow = {
    connectionId,
    state: 'new',
    ...(visitor !== undefined && { visitor }),
    address: identity.sourceIp,
    connectedAt,
    lastSeenAt: clock.now(),
    waiting: 0,
    arrived: 0,
    expiresAt: Math.ceil((connectedAt + 2 * maxLife) / 1_000),
  };
  await db.send(new PutCommand({ TableName: tables.connections, Item }));
}
