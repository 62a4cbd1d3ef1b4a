import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** In every answer of its own that the echo gives. */
export const foreignToken = 'canary-of-somebody-else-3e90';

/** Ways to say what was heard. */
const disguises = [
  (heard: string) => heard,
  (heard: string) => JSON.stringify({ statusCode: 500, message: heard }),
  (heard: string) => JSON.stringify({ title: 'failed', detail: heard }),
  (heard: string) => `<html><body><b>${heard.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)}</b></body></html>`,
  (heard: string) => `<p>${[...heard].map((c) => `&#x${c.charCodeAt(0).toString(16)};`).join('')}</p>`,
  encodeURIComponent,
];

/**
 * Stands before a portal: of the requests that it has not seen yet it answers some with an error that repeats all that it
 * heard, the key and the passwords, in one way or another; everything else it hands on.
 *
 * @param one of so many is answered so; of the list the first
 */
export async function startEcho(portal: string, one: number): Promise<{ url: string; echoed: () => number }> {
  const heard = new Set<string>();
  let echoed = 0;
  const server = createServer(async (request, response) => {
    const { method = 'GET', url = '' } = request;
    const body = await text(request);
    const known = heard.size;
    heard.add(`${method} ${url} ${body}`);
    if (heard.size > known && known % one === 0) {
      const say = disguises[echoed++ % disguises.length] ?? String;
      const key = request.headers['x-api-key'];
      response.writeHead(500).end(say(`no ${body} with ${key}: Authorization: Bearer ${foreignToken}`));
      return;
    }
    const answer = await fetch(`${portal}${url}`, { method, headers: headersOf(request), ...(body && { body }) });
    const type = answer.headers.get('content-type') ?? 'application/json';
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, echoed: () => echoed };
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const handedOn = ['x-api-key', 'content-type', 'accept'];
  return Object.fromEntries(handedOn.flatMap((name) => (headers[name] ? [[name, `${headers[name]}`]] : [])));
}
