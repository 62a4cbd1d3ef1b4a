import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { LogEntry } from '../api-gateway/access-log.ts';
import type { InvocationResult } from '../lambda/host.ts';
import { type Guard, isLoopback } from '../services/guard.ts';
import { close, listen } from '../services/listen.ts';
import { ClientConnection, type ConnectionLimits, watchFrames } from './connection.ts';
import {
  type CloseReason,
  type ConnectionOrigin,
  connectEvent,
  contextOf,
  disconnectEvent,
  messageEvent,
} from './event.ts';
import { createIntegrations, ownMessage } from './integrations.ts';
import { createManagementApi } from './management.ts';
import { refuse } from './refuse.ts';
import { selectRoute } from './routes.ts';
import type { WebSocketApiDescription } from './template.ts';

/** Bytes that a message may have (Amazon API Gateway quotas, "WebSocket API quotas"). */
const longestMessage = 128 * 2 ** 10;
/** Characters of a URL. */
const longestUrl = 4_096;
const apiGatewayLimits: ConnectionLimits = { idle: 10 * 60_000, life: 2 * 60 * 60_000 };
/** Milliseconds in which clients may close their side when the API stops. */
const stopTime = 500;

export interface WebSocketApiOptions {
  invoke(functionId: string, event: object): Promise<InvocationResult>;
  onRequest(entry: LogEntry): void;
  /** Decides about requests to the management API. */
  guard: Guard;
  /** API Gateway's own by default. */
  limits?: Partial<ConnectionLimits> | undefined;
}

export interface WebSocketApi extends AsyncDisposable {
  /** Where clients connect. */
  url: string;
  /** The endpoint of the management API. */
  callbackUrl: string;
  /** Closes all connections, without `$disconnect`, and takes no new ones. */
  closeConnections(): Promise<void>;
}

/**
 * Serves a WebSocket API and its management API on an ephemeral port of this machine, as API Gateway does: routes, limits,
 * events, errors. Functions are invoked in parallel, so messages of a connection may overtake one another.
 */
export async function startWebSocketApi(
  { id: apiId, stage, selector, routes }: WebSocketApiDescription,
  { invoke, onRequest, guard, limits }: WebSocketApiOptions,
): Promise<WebSocketApi> {
  const connections = new Map<string, ClientConnection>();
  const keys = new Set(routes.map(({ key }) => key));
  const integrations = createIntegrations(routes, invoke, onRequest);
  const protocols = new WeakMap<IncomingMessage, string>();
  const upgrades = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: longestMessage,
    handleProtocols: (_, message) => protocols.get(message) ?? false,
  });
  let stopped = false;

  async function connect(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // A socket that breaks off while the function decides.
    socket.on('error', () => socket.destroy());
    const refused = refusalOf(message, stage);
    if (refused !== undefined || stopped) return refuse(socket, refused ?? 503);
    const origin = originOf(message, apiId, stage);
    const context = contextOf(origin, 'CONNECT', '$connect', origin.connectedAt);
    const outcome = await integrations.run(context, connectEvent(context, message));
    if (outcome.status < 200 || outcome.status > 299) {
      return refuse(socket, outcome.status, ownMessage(outcome.status, context));
    }
    if (outcome.protocol !== undefined) protocols.set(message, outcome.protocol);
    let connection: ClientConnection | undefined;
    watchFrames(socket, () => connection);
    upgrades.handleUpgrade(message, socket, head, (client) => {
      connection = open(client, origin);
    });
    if (!connection) void disconnect(origin, { code: 1006, reason: 'Connection Closed Abnormally' });
  }

  function open(client: WebSocket, origin: ConnectionOrigin): ClientConnection {
    const connection: ClientConnection = new ClientConnection(
      client,
      origin,
      { ...apiGatewayLimits, ...limits },
      {
        onMessage: (body) => receive(connection, body),
        onEnd: (ending) => {
          connections.delete(origin.connectionId);
          void disconnect(origin, ending);
        },
      },
    );
    connections.set(origin.connectionId, connection);
    return connection;
  }

  async function receive(connection: ClientConnection, body: string): Promise<void> {
    const routeKey = selectRoute(keys, selector, body) ?? '';
    const context = contextOf(connection.origin, 'MESSAGE', routeKey, Date.now());
    const { status, isOwn } = await integrations.run(context, messageEvent(context, body));
    if (isOwn && connections.has(connection.origin.connectionId)) {
      connection.send(Buffer.from(JSON.stringify(ownMessage(status, context))));
    }
  }

  async function disconnect(origin: ConnectionOrigin, ending: CloseReason): Promise<void> {
    if (stopped) return;
    const context = contextOf(origin, 'DISCONNECT', '$disconnect', Date.now());
    await integrations.run(context, disconnectEvent(context, ending));
  }

  async function closeConnections(): Promise<void> {
    stopped = true;
    const open = [...connections.values()];
    for (const connection of open) connection.goAway();
    await Promise.all(open.map((connection) => connection.gone(stopTime)));
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, createManagementApi(connections, stage, guard));
  server.on('upgrade', (message, socket, head) => void connect(message, socket, head));
  const endpoint = await listen(server);
  return {
    url: `${endpoint.replace('http:', 'ws:')}/${stage}`,
    callbackUrl: `${endpoint}/${stage}`,
    closeConnections,
    async [Symbol.asyncDispose]() {
      await closeConnections();
      await close(server);
    },
  };
}

/** @returns the status with which API Gateway refuses a handshake before any function is asked */
function refusalOf({ headers, url = '' }: IncomingMessage, stage: string): number | undefined {
  // A page may have had a name of its own resolve to 127.0.0.1.
  if (!isLoopback(headers.host)) return 403;
  if (url.length > longestUrl) return 414;
  if (!new RegExp(`^/${stage}/?(\\?|$)`).test(url)) return 403;
  const isHandshake = headers.upgrade?.toLowerCase() === 'websocket' && headers['sec-websocket-key'] !== undefined;
  return isHandshake ? undefined : 400;
}

function originOf({ headers, socket }: IncomingMessage, apiId: string, stage: string): ConnectionOrigin {
  const [domainName = ''] = (headers.host ?? '').split(':');
  const { 'user-agent': userAgent } = headers;
  return {
    apiId,
    stage,
    domainName,
    connectionId: `${randomBytes(11).toString('base64url')}=`,
    connectedAt: Date.now(),
    identity: { sourceIp: socket.remoteAddress ?? '127.0.0.1', ...(userAgent !== undefined && { userAgent }) },
  };
}
