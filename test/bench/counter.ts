import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** Stands before a service and counts the requests to it. */
export interface Counter extends AsyncDisposable {
  url: string;
  readonly requests: number;
  /** Where requests go on to. */
  forwardTo(endpoint: string): void;
}

export async function startCounter(): Promise<Counter> {
  const agent = new Agent({ keepAlive: true });
  const target = Promise.withResolvers<string>();
  let requests = 0;

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requests += 1;
    const { method, url = '/', headers } = request;
    const further = send(new URL(url, await target.promise), { agent, method, headers });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      further.on('response', resolve).on('error', reject);
    });
    const [answer] = await Promise.all([answered, pipeline(request, further)]);
    response.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    await pipeline(answer, response);
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
