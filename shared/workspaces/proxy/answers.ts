import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { NotAdmittedError } from './admit.ts';

const ownHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/** Answers a request that reaches no job's server: a page for people, JSON for programs. The connection ends. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, message }: NotAdmittedError,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const isPage = request.headers.accept?.includes('text/html') ?? false;
  const body = isPage ? page(message) : JSON.stringify({ message });
  response.writeHead(status, {
    ...ownHeaders,
    'content-type': isPage ? 'text/html; charset=utf-8' : 'application/json',
    'content-length': Buffer.byteLength(body),
    // A body that nobody reads would be taken for the next request.
    ...(!request.complete && { connection: 'close' }),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Refuses to open a WebSocket. */
export function refuseUpgrade(socket: Duplex, { status, message }: NotAdmittedError): void {
  if (socket.destroyed) return;
  const body = JSON.stringify({ message });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

/** Sends a browser on to the address without the ticket, with the cookie of its visit. */
export function goOn(response: ServerResponse, location: string, cookie: string | undefined): void {
  response.writeHead(303, {
    ...ownHeaders,
    location,
    ...(cookie !== undefined && { 'set-cookie': cookie }),
    'content-length': 0,
  });
  response.end();
}

/** The texts are the proxy's own: none is from a request. */
const page = (message: string) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Job</title>
<style>body{font:1rem/1.5 sans-serif;margin:4rem auto;max-width:32rem;padding:0 1rem}</style>
<p>${message.replace(/[<&]/g, (sign) => `&#${sign.charCodeAt(0)};`)}</p></html>
`;

export const unreachable = (): NotAdmittedError => new NotAdmittedError(502, 'The server of the job gives no answer.');
