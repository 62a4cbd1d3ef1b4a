import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { finished, pipeline } from 'node:stream/promises';
import { describeError } from '../../../shared/platform/errors.ts';
import { createGuard, type Guard } from '../services/guard.ts';
import { parseTarget, refuseUnknownHeaders, type S3Reply } from './call.ts';
import { type CorsRule, corsHeaders, preflightHeaders, ruleFor } from './cors.ts';
import { S3Error } from './errors.ts';
import { ServerFaults } from './faults.ts';
import { findOperation } from './operations.ts';
import { Store } from './store.ts';
import { tag } from './xml.ts';

export interface S3Options {
  /** Directory of all data; created if missing. For one server at a time. */
  readonly directory: string;
  /** Default: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** Secret with which requests have to be signed; without one all requests are accepted, for tests. */
  readonly secretAccessKey?: string | undefined;
  /** Called for each object that was put, copied or completed, before the client gets the answer. */
  readonly onCreated?: ((created: ObjectCreated) => void) | undefined;
  /** Called with errors that are no client's fault, such as a full disk. */
  readonly onProblem?: ((problem: string) => void) | undefined;
}

export interface ObjectCreated {
  /** As S3's notifications have it. */
  readonly eventName: `ObjectCreated:${string}`;
  readonly requestId: string;
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

const creations: Readonly<Record<string, ObjectCreated['eventName']>> = {
  PutObject: 'ObjectCreated:Put',
  CopyObject: 'ObjectCreated:Copy',
  CompleteMultipartUpload: 'ObjectCreated:CompleteMultipartUpload',
};

export interface S3Server {
  /** For the SDK's `endpoint`, with `forcePathStyle`. Any access key and region will do. */
  readonly endpoint: string;
  readonly faults: ServerFaults;
  /** Lets pages of other origins in, as the rules say; before the first call none. */
  setCors(rules: readonly CorsRule[]): void;
  /** Cuts open connections, and resolves when another server may use the directory. */
  stop(): Promise<void>;
}

/**
 * An S3 for one machine, on disk. It serves the operations in `operations.ts` with the checks of S3, and answers any other with
 * NotImplemented. It may be killed at any time: changes are atomic, and a new start continues from them.
 * @throws Error if the port is in use or the directory cannot be used
 */
export async function startS3Server(options: S3Options): Promise<S3Server> {
  const {
    directory,
    port = 0,
    host = '127.0.0.1',
    secretAccessKey,
    onCreated = () => {},
    onProblem = () => {},
  } = options;
  const guard = secretAccessKey === undefined ? undefined : createGuard(secretAccessKey);
  const store = new Store(directory);
  const faults = new ServerFaults();
  const cors: { rules: readonly CorsRule[] } = { rules: [] };
  const underway = new Set<Promise<void>>();
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, noDelay: true }, (request, response) => {
    const handled = handle({ store, faults, guard, cors, onCreated, onProblem, request, response }).finally(() =>
      underway.delete(handled),
    );
    underway.add(handled);
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  const stop = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
    await Promise.all(underway);
    store.close();
  };
  let stopped: Promise<void> | undefined;
  return {
    endpoint: `http://${host}:${address.port}`,
    faults,
    setCors(rules) {
      cors.rules = rules;
    },
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

interface Exchange {
  readonly store: Store;
  readonly faults: ServerFaults;
  readonly guard: Guard | undefined;
  readonly cors: { readonly rules: readonly CorsRule[] };
  readonly onCreated: (created: ObjectCreated) => void;
  readonly onProblem: (problem: string) => void;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle(exchange: Exchange): Promise<void> {
  const { request, response, onProblem } = exchange;
  const requestId = randomUUID();
  response.setHeader('x-amz-request-id', requestId);
  try {
    await answer(exchange, requestId).catch(async (error: unknown) => {
      if (response.headersSent) throw error;
      if (!(error instanceof S3Error)) onProblem(describeError(error));
      await readToEnd(request);
      await send(request, response, errorReply(error, requestId));
    });
  } catch (error) {
    // Log the error unless the client has disconnected: it can no longer be answered.
    if (!request.socket.destroyed) console.error(`S3 request ${requestId}: ${describeError(error)}`);
    request.socket.destroy();
  }
}

async function answer(exchange: Exchange, requestId: string): Promise<void> {
  const { store, faults, guard, onCreated, request, response } = exchange;
  const { method = '', url = '/', headers } = request;
  const { origin, ...others } = headers;
  const page = origin === undefined ? undefined : pageRule(exchange, origin);
  if (page?.isPreflight) return await send(request, response, { headers: page.headers });
  for (const [name, value] of Object.entries(page?.headers ?? {})) response.setHeader(name, value);
  // Without a rule the guard refuses the page.
  const refusal = await guard?.({ method, url, headers: page ? others : headers });
  if (refusal) throw new S3Error(403, refusal.code, refusal.message);
  refuseUnknownHeaders(request);
  const call = { request, store, ...parseTarget(url) };
  const operation = findOperation(call);
  const fault = await faults.apply(operation.name);
  if (fault?.cut === 'before') return void request.socket.destroy();
  const reply = await operation.run(call);
  using _held = reply.held;
  const { bucket, key } = call;
  const eventName = creations[operation.name];
  const object = eventName && store.bucket(bucket).objects.get(key);
  if (object)
    onCreated({ eventName, requestId, bucket, key, size: object.size, etag: object.etag, at: object.modified });
  if (fault?.cut === 'after') return void request.socket.destroy();
  if (fault?.cut === 'within') return await sendStart(response, reply, fault.afterBytes);
  await send(request, response, reply);
}

/**
 * The headers for a page that a rule lets in; undefined for any other.
 *
 * @throws S3Error for a preflight request that no rule allows
 */
function pageRule(
  { cors, request: { method = '', url = '/', headers } }: Exchange,
  origin: string,
): { isPreflight: boolean; headers: Record<string, string> } | undefined {
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  const rule = ruleFor(cors.rules, { method, bucket: parseTarget(url).bucket, headers });
  if (rule) return { isPreflight, headers: isPreflight ? preflightHeaders(rule, origin) : corsHeaders(rule, origin) };
  if (!isPreflight) return undefined;
  throw new S3Error(403, 'AccessForbidden', 'CORSResponse: This CORS request is not allowed.');
}

/** A client that is still sending when the answer comes may see a broken connection instead of the answer. */
async function readToEnd(request: IncomingMessage): Promise<void> {
  request.resume();
  await finished(request);
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status = 200, headers, body }: S3Reply,
): Promise<void> {
  if (typeof body === 'object') {
    response.writeHead(status, headers);
    return await pipeline(body, response);
  }
  const content = request.method === 'HEAD' || status === 304 || body === undefined ? undefined : Buffer.from(body);
  const length = content ? { 'content-type': 'application/xml', 'content-length': `${content.length}` } : {};
  const nothing = request.method === 'HEAD' || status === 204 || status === 304 ? {} : { 'content-length': '0' };
  response.writeHead(status, { ...nothing, ...headers, ...length }).end(content);
}

/** Sends the beginning of an answer that has content, and cuts the connection then. */
async function sendStart(
  response: ServerResponse,
  { status = 200, headers, body }: S3Reply,
  bytes: number,
): Promise<void> {
  response.writeHead(status, headers);
  let left = bytes;
  for await (const chunk of typeof body === 'object' ? body : []) {
    const start = chunk.subarray(0, left);
    left -= start.length;
    await new Promise<void>((sent) => response.write(start, () => sent()));
    if (left === 0) break;
  }
  response.destroy();
}

function errorReply(error: unknown, requestId: string): S3Reply {
  if (!(error instanceof S3Error)) {
    console.error(`S3 request ${requestId}: ${describeError(error)}`);
    return errorReply(
      new S3Error(500, 'InternalError', 'We encountered an internal error. Please try again.'),
      requestId,
    );
  }
  const { status, code, message, details } = error;
  const more = Object.entries(details).map(([name, text]) => tag(name, text));
  const document = tag('Error', tag('Code', code), tag('Message', message), ...more, tag('RequestId', requestId));
  return { status, body: `<?xml version="1.0" encoding="UTF-8"?>\n${document.xml}` };
}
