import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Endpoints } from '../../../infra/local/endpoints.ts';
import { type Needed, neededFor } from './iam-actions.ts';

/** Stands between the functions and all AWS services. */
export interface Observer {
  url: string;
  /** Rights that each function needed, by its access key. */
  needed: ReadonlyMap<string, readonly Needed[]>;
  /** Where requests go on to; until this is known they wait. */
  forwardTo(endpoints: Endpoints): void;
  /** Has a function's next request of that action refused. */
  refuseNext(accessKey: string, action: string): void;
  stop(): Promise<void>;
}

export async function startObserver(): Promise<Observer> {
  const needed = new Map<string, Needed[]>();
  const target = Promise.withResolvers<Endpoints>();
  const agent = new Agent({ keepAlive: true });
  const refusals = new Set<string>();

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { accessKey, service } = credentialOf(request);
    const body = await buffer(request);
    const rights = neededFor(request, body);
    needed.set(accessKey, [...(needed.get(accessKey) ?? []), ...rights]);
    if (rights.some(({ action }) => refusals.delete(`${accessKey} ${action}`)))
      return void response.writeHead(403).end();
    const { expect: _, ...headers } = request.headers;
    const { method, url = '/' } = request;
    const further = send(new URL(endpointOf(await target.promise, service)), { agent, method, path: url, headers });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      further.on('response', resolve).on('error', reject).end(body);
    });
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
    needed,
    forwardTo: target.resolve,
    refuseNext: (accessKey, action) => void refusals.add(`${accessKey} ${action}`),
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** `Credential={access key}/{date}/{region}/{service}/aws4_request` (Signature Version 4). */
function credentialOf({ headers }: IncomingMessage): { accessKey: string; service: string } {
  const [, accessKey = '', service = ''] =
    /Credential=([^/]+)\/[^/]+\/[^/]+\/([^/]+)\/aws4_request/.exec(headers.authorization ?? '') ?? [];
  return { accessKey, service };
}

function endpointOf(endpoints: Endpoints, service: string): string {
  const byService: Record<string, string> = {
    dynamodb: endpoints.dynamodb.endpoint,
    s3: endpoints.s3.endpoint,
    sqs: endpoints.sqs.endpoint,
    states: endpoints.stepFunctions.endpoint,
    secretsmanager: endpoints.secretsManager.endpoint,
    events: endpoints.eventBridge.endpoint,
    lambda: endpoints.lambda.endpoint,
    'execute-api': endpoints.live?.callbackUrl ?? '',
  };
  const endpoint = byService[service];
  if (!endpoint) throw new Error(`Nobody serves ${service}`);
  return endpoint;
}
