import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LogEntry } from '../api-gateway/access-log.ts';
import { newRequestId } from '../api-gateway/request-id.ts';
import { tokenBucket } from '../api-gateway/throttle.ts';
import { within } from '../api-gateway/within.ts';
import type { InvocationResult } from '../lambda/host.ts';
import { isLoopback } from '../services/guard.ts';
import { close, listen } from '../services/listen.ts';
import { preflight, withCors } from './cors.ts';
import { decodePath, eventOf } from './event.ts';
import { type HttpReply, readResponse, replies } from './response.ts';
import { createRouter } from './routes.ts';
import type { HttpApiDescription } from './template.ts';

/** Bytes that a request may have (Amazon API Gateway quotas, "HTTP API quotas"). */
const longestBody = 10 * 2 ** 20;
/** Bytes of a request's line and headers. */
const longestHead = 10_240;
/** Bytes of an event and of an answer (AWS Lambda quotas). */
const longestPayload = 6 * 2 ** 20;

export interface HttpApiOptions {
  invoke(functionId: string, event: object): Promise<InvocationResult>;
  onRequest(entry: LogEntry): void;
}

export interface HttpApi extends AsyncDisposable {
  url: string;
}

type AddressedEntry = LogEntry & { address: string };

/** Serves an HTTP API on an ephemeral port of this machine, as API Gateway does: routes, limits, events, answers, errors. */
export async function startHttpApi(
  { id: apiId, routes, cors }: HttpApiDescription,
  { invoke, onRequest }: HttpApiOptions,
): Promise<HttpApi> {
  const now = () => performance.now();
  const findRoute = createRouter(
    routes.map((route) => ({
      ...route,
      take: tokenBucket(route.throttle, now),
      invoke: invoke.bind(null, route.function),
    })),
  );

  async function answer(message: IncomingMessage, entry: AddressedEntry): Promise<HttpReply> {
    const { method = 'GET', url = '/', headers } = message;
    // A page may have had a name of its own resolve to 127.0.0.1.
    if (!isLoopback(headers.host)) return replies.forbidden();
    const [rawPath = '/', ...query] = url.split('?');
    const path = decodePath(rawPath);
    if (path === undefined) return replies.badRequest();
    const match = findRoute(method, path);
    if (!match) return replies.notFound();
    const { key, take, timeout } = match.route;
    entry.routeKey = key;
    if (!take()) return replies.tooManyRequests();
    const body = await readBody(message);
    if (!body) return replies.tooLarge();
    const { requestId, at, address } = entry;
    const taken = { apiId, requestId, at, message, address, path, rawQuery: query.join('?'), body };
    const event = eventOf(taken, key, match.parameters);
    if ((event.body?.length ?? 0) > longestPayload) return replies.tooLarge();
    const begun = now();
    const outcome = await within(timeout, match.route.invoke(event));
    entry.functionMilliseconds = Math.round(now() - begun);
    if (!outcome) return replies.unavailable();
    if (outcome.functionError || outcome.payload.length > longestPayload) {
      entry.functionError = outcome.functionError?.errorType;
      return replies.failed();
    }
    return readResponse(outcome.payload) ?? replies.failed();
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const begun = now();
    // A connection that breaks off takes its address along.
    const { remoteAddress: address = '127.0.0.1' } = message.socket;
    const entry: AddressedEntry = {
      requestId: newRequestId(),
      at: Date.now(),
      method: message.method ?? '',
      address,
      apiId,
    };
    const { status, headers, body } =
      (cors && preflight(cors, message)) ?? withCors(cors, message, await answer(message, entry).catch(replies.failed));
    const length = Buffer.byteLength(body);
    response.writeHead(status, { ...headers, 'content-length': length, 'apigw-requestid': entry.requestId });
    response.end(body);
    // An unread body would be taken for the next request.
    if (!message.complete) message.resume();
    onRequest({
      ...entry,
      status,
      bytes: length,
      milliseconds: Math.round(now() - begun),
    });
  }

  const server = createServer({ maxHeaderSize: longestHead, keepAliveTimeout: 60_000 }, serve);
  return { url: await listen(server), [Symbol.asyncDispose]: () => close(server) };
}

/** @returns undefined when the body is too long; the rest of it is not kept */
async function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of message) {
    length += piece.length;
    if (length > longestBody) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
