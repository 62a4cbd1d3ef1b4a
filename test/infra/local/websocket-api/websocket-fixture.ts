import { once } from 'node:events';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import type { LogEntry } from '../../../../infra/local/api-gateway/access-log.ts';
import type { InvocationResult } from '../../../../infra/local/lambda/host.ts';
import { createGuard, newCredentials } from '../../../../infra/local/services/guard.ts';
import type { ConnectionLimits } from '../../../../infra/local/websocket-api/connection.ts';
import { startWebSocketApi, type WebSocketApi } from '../../../../infra/local/websocket-api/server.ts';
import type { CallerConfig } from '../../../../shared/platform/management-api.ts';

export interface Event {
  requestContext: Record<string, unknown> & { connectionId: string; routeKey: string };
  body?: string;
  [name: string]: unknown;
}

type Answer = (event: Event) => unknown;

export interface TestApi {
  url: string;
  callbackUrl: string;
  /** Events that the function got. */
  events: Event[];
  /** Lines of the log. */
  entries: LogEntry[];
  management: ApiGatewayManagementApiClient;
  /** Keys that the management API takes. */
  caller: CallerConfig;
  /** A client whose connection is open. */
  connect(path?: string): Promise<TestClient>;
  stop(): Promise<void>;
}

export interface TestClient {
  socket: WebSocket;
  connectionId: string;
  /** Texts that came. */
  received: string[];
  /** The code and the reason with which the connection ends. */
  closed: Promise<{ code: number; reason: string }>;
  /** The next text. */
  next(): Promise<string>;
}

export const ok = { statusCode: 200 };

interface Options {
  routes?: string[];
  limits?: Partial<ConnectionLimits>;
  throttle?: { rate: number; burst: number };
  timeout?: number;
}

/** @returns starts APIs whose function answers as a test says; they end after the test */
export function useWebSocketApis() {
  const started: WebSocketApi[] = [];
  afterEach(async () => {
    for (const api of started.splice(0)) await api[Symbol.asyncDispose]();
  });
  return async (
    answer: Answer = () => ok,
    {
      routes = ['$connect', '$disconnect', '$default'],
      limits,
      throttle = { rate: 10_000, burst: 10_000 },
      timeout = 29_000,
    }: Options = {},
  ): Promise<TestApi> => {
    const events: Event[] = [];
    const entries: LogEntry[] = [];
    const invoke = async (_function: string, event: object): Promise<InvocationResult> => {
      const made = event as Event;
      events.push(made);
      const result = await answer(made);
      if (!(result instanceof Error)) return { requestId: 'r', payload: JSON.stringify(result ?? null) };
      const functionError = { errorType: result.name, errorMessage: result.message };
      return { requestId: 'r', payload: JSON.stringify(functionError), functionError };
    };
    const credentials = newCredentials();
    const description = {
      id: 'api',
      stage: 'live',
      selector: 'action',
      logFormat: '',
      routes: routes.map((key) => ({ key, function: 'f', timeout, throttle })),
    };
    const guard = createGuard(credentials.secretAccessKey);
    const api = await startWebSocketApi(description, {
      invoke,
      guard,
      limits,
      onRequest: (entry) => void entries.push(entry),
    });
    started.push(api);
    const { url, callbackUrl } = api;
    return {
      url,
      callbackUrl,
      events,
      entries,
      caller: { region: async () => 'eu-north-1', credentials: async () => credentials },
      management: new ApiGatewayManagementApiClient({
        endpoint: callbackUrl,
        credentials,
        region: 'eu-north-1',
        maxAttempts: 1,
      }),
      async connect(path = '') {
        const client = clientOf(new WebSocket(`${url}${path}`));
        await once(client.socket, 'open');
        const connected = events.findLast(({ requestContext }) => requestContext.eventType === 'CONNECT');
        return { ...client, connectionId: connected?.requestContext.connectionId ?? '' };
      },
      stop: () => api.closeConnections(),
    };
  };
}

function clientOf(socket: WebSocket): Omit<TestClient, 'connectionId'> {
  const received: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  let taken = 0;
  socket.on('message', (data) => {
    received.push(data.toString());
    waiting.shift()?.(received[taken++] ?? '');
  });
  return {
    socket,
    received,
    closed: new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    }),
    next: () => {
      if (taken < received.length) return Promise.resolve(received[taken++] ?? '');
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** The status and the body with which a handshake is refused. */
export async function refusalOf(url: string, options: object = {}): Promise<{ status: number; body: unknown }> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  return { status: response.statusCode, body: JSON.parse(Buffer.concat(pieces).toString()) };
}
