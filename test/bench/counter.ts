import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/** Stands before a service and counts the requests to it. */
export interface Counter extends AsyncDisposable {
  url: string;
  readonly requests: number;
  /** Where requests go on to. */
  forwardTo(endpoint: string): void;
}

/** Told of each request, its JSON body if it has one. */
export type Look = (request: IncomingMessage, body: string) => void;

/** @param look told of each request; then bodies are held in memory */
export async function startCounter(look?: Look): Promise<Counter> {
  const agent = new Agent({ keepAlive: true });
  const target = Promise.withResolvers<string>();
  let requests = 0;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests += 1;
    const { expect: _, ...headers } = request.headers;
    const { method, url = '/' } = request;
    const further = send(new URL(url, await target.promise), { agent, method, headers });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      further.on('response', resolve).on('error', reject);
    });
    const [answer] = await Promise.all([answered, handOn(request, further)]);
    response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    await pipeline(answer, response);
  }

  async function handOn(request: IncomingMessage, further: NodeJS.WritableStream): Promise<void> {
    if (!look || !/json/.test(request.headers['content-type'] ?? '')) {
      look?.(request, '');
      return pipeline(request, further);
    }
    const body = await text(request);
    look(request, body);
    further.end(body);
  }

  const server = createServer((request, response) => {
    pass(request, response).catch((error) => response.destroy(error));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get requests() {
      return requests;
    },
    forwardTo: target.resolve,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
