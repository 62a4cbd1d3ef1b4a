import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { isLoopback } from '../services/guard.ts';
import { close, listen } from '../services/listen.ts';
import { encodingFor, openFiles } from './files.ts';
import type { Behavior, DistributionOrigin } from './template.ts';
import { type ViewerRequest, viewerRequest } from './viewer-request.ts';

export interface DistributionOptions {
  /** URLs of servers on this machine by the host that the template has. */
  servers: (host: string) => string | undefined;
  /** Replaces origins that the template has in headers by those of this machine. */
  localize: (header: string) => string;
}

export interface LocalDistribution extends AsyncDisposable {
  url: string;
}

type StoredFiles = Extract<DistributionOrigin, { kind: 'files' }>;

type Answer = (message: IncomingMessage, response: ServerResponse, request: ViewerRequest) => Promise<void>;

/** Serves a distribution of CloudFront on an ephemeral port of this machine: its page, and the API under the same origin. */
export async function startDistribution(
  behaviors: readonly Behavior[],
  { servers, localize }: DistributionOptions,
): Promise<LocalDistribution> {
  const served = behaviors.map(({ pattern, methods, origin, headers, compress, viewerRequest: source }) => {
    const local = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, localize(value)]));
    const rewrite = source === undefined ? (viewed: ViewerRequest) => viewed : viewerRequest(source);
    const answer =
      origin.kind === 'files'
        ? answerFile(origin, local, compress)
        : forward(servers(origin.host), origin.customHeaders);
    return { pattern, methods, rewrite, answer };
  });
  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    void serve(message, response).catch(() => response.destroy());
  });

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    // A page may have had a name of its own resolve to 127.0.0.1.
    if (!isLoopback(message.headers.host)) return refuse(message, response, 403);
    const [path = '/'] = (message.url ?? '/').split('?');
    const behavior = served.find(({ pattern }) => !pattern || pattern.test(path));
    if (!behavior?.methods.includes(message.method ?? '')) return refuse(message, response, 403);
    // A connection that breaks off takes its address along.
    const { remoteAddress: address = '127.0.0.1' } = message.socket;
    const request = behavior.rewrite({ uri: path, headers: headersOf(message) }, address);
    await behavior.answer(message, response, request);
  }

  const url = await listen(server);
  // Browsers take this name for a secure one, and passkeys need a name.
  return { url: url.replace('127.0.0.1', 'localhost'), [Symbol.asyncDispose]: () => close(server) };
}

function answerFile(
  { folder, metadata }: StoredFiles,
  headers: Readonly<Record<string, string>>,
  compress: boolean,
): Answer {
  const find = openFiles(folder);
  return async (message, response, { uri }) => {
    const file = await find(uri);
    message.resume();
    // S3 does not say what a bucket has not to whom may not list it.
    if (!file) return refuse(message, response, 403, headers);
    const encoding = compress ? encodingFor(message.headers['accept-encoding'] ?? '') : undefined;
    const encoded = encoding && file.encoded.get(encoding);
    const body = encoded ?? file.bytes;
    response.writeHead(200, {
      ...metadata,
      ...headers,
      'content-type': file.type,
      'content-length': body.length,
      ...(compress && { vary: 'accept-encoding' }),
      ...(encoded && { 'content-encoding': encoding }),
    });
    response.end(message.method === 'HEAD' ? undefined : body);
  };
}

/** Headers by lower-case name, without cookies. */
function headersOf({ headers: { cookie: _cookie, ...headers } }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

/**
 * Hands a request on with all its headers, and the answer back. The origin's own headers replace those of the viewer (Amazon
 * CloudFront developer guide, "Add custom headers to origin requests").
 */
const forward =
  (server: string | undefined, customHeaders: Readonly<Record<string, string>>): Answer =>
  async (message, response, { headers }) => {
    if (server === undefined) return refuse(message, response, 502);
    const { method, url = '/' } = message;
    const { cookie } = message.headers;
    const { host } = new URL(server);
    const sent = request(`${server}${url}`, {
      method,
      headers: { ...headers, ...(cookie !== undefined && { cookie }), ...customHeaders, host },
    });
    const answered = Promise.withResolvers<IncomingMessage>();
    sent.on('response', answered.resolve).on('error', answered.reject);
    pipeline(message, sent).catch(answered.reject);
    try {
      const answer = await answered.promise;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      await pipeline(answer, response);
    } catch {
      if (!response.headersSent) refuse(message, response, 502);
      else response.destroy();
    }
  };

function refuse(
  message: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  message.resume();
  response.writeHead(status, { ...headers, 'content-type': 'text/plain' }).end(`${status}\n`);
}
