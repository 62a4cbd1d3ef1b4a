import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal, type PortalOptions } from '../../shared/portal/client.ts';

export const apiKey = 'key-5f1d"&<secret>';
export const prefix = '/HPCApiPreprod';

export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export type Responder = (request: IncomingMessage, response: ServerResponse, count: number) => void | Promise<void>;

/** A server that answers as told, until the test has ended; with a portal client for it. */
export async function servePortal(respond: Responder, options: Partial<PortalOptions> = {}) {
  const requests: Received[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const received = { method, url, headers, body: Buffer.alloc(0) };
    requests.push(received);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      received.body = Buffer.concat(parts);
    });
    request.on('error', () => {});
    await respond(request, response, requests.length);
  });
  server.on('connection', (socket) => sockets.add(socket));
  const origin = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const portal = createPortal({
    baseUrl: `${origin}${prefix}/`,
    apiKey: async () => apiKey,
    clock: systemClock,
    ...options,
  });
  return { portal, origin, requests, sockets, server };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

/** Answers every request with one status once its body has come, and with an ErrorDetails above 2xx. */
export function always(status: number, body = errorDetails(status), headers: OutgoingHttpHeaders = {}): Responder {
  return (request, response) => {
    request.on('end', () => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body));
  };
}

export function errorDetails(statusCode: number, message = `told ${statusCode}`): string {
  return statusCode < 300 ? '' : JSON.stringify({ statusCode, message });
}

export async function collect<T>(items: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const collected: T[] = [];
  try {
    for await (const item of items) collected.push(item);
    return { items: collected, error: undefined };
  } catch (error) {
    return { items: collected, error };
  }
}

export async function caught(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error) => error,
  );
}
