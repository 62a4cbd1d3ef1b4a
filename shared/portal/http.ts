import { addAbortSignal, type Readable } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { ConfigurationError, GatewayError } from '../platform/errors.ts';
import { createHttp, type Http, type HttpAnswer } from '../platform/http.ts';
import type { Secret } from '../platform/secrets.ts';
import { abortableSleep, type Clock } from '../platform/time.ts';
import { PortalError, PortalUnauthorizedError } from './errors.ts';
import { problemText } from './redact.ts';
import { retryAfterOf, retryDelay } from './retries.ts';

export interface PortalRequest {
  /** Name in the interface description. */
  name: string;
  method: 'GET' | 'PATCH' | 'POST';
  /** With escaped segments. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Readable;
  /** The statuses that the call accepts; all others are thrown as errors. */
  accepts: (status: number) => boolean;
  /** Whether the answer may be an HTML page, which a file can be. */
  mayBePage?: boolean;
  /** Secrets in the request, which are redacted in errors. */
  secrets?: readonly string[];
  signal?: AbortSignal | undefined;
  /** Milliseconds until the headers of the answer. */
  headersTimeout: number;
  /** Milliseconds between two pieces of the answer's body; 0 for no limit. */
  bodyTimeout: number;
  /** Whether the request can be repeated after a broken connection or if the portal is busy. */
  repeatable: boolean;
  /**
   * Whether the call transfers a file. A maintenance page or a proxy may refuse it for hours, so redirects, 403 and 404 count
   * as transient.
   */
  movesFile?: boolean;
}

/** Gives the key for one request. @param call name in the interface description */
export type ApiKey = (call: string) => Promise<string | Secret>;

export interface TransportOptions {
  baseUrl: string;
  apiKey: ApiKey;
  clock: Clock;
  /** Milliseconds. */
  connectTimeout: number;
  /** Default: Node's own HTTP/1.1. */
  http?: Http | undefined;
}

export type PortalAnswer = HttpAnswer;

/** A download occupies its connections, one for each concurrent range, in addition to the small calls. */
const maxConnections = 16;

/** Time limit for reading an error answer, in milliseconds. The status alone is sufficient. */
const problemTime = 20_000;

/** Longer error answers are not read. */
const maxProblemBytes = 32 * 1024;

/**
 * Creates a function that sends requests to one portal with its key, with keep-alive. Redirects are not followed, so the key is
 * sent nowhere else.
 * @throws ConfigurationError when the base URL is none that a key may be sent to
 */
export function createTransport({ baseUrl, apiKey, clock, connectTimeout, ...options }: TransportOptions) {
  const { host, prefix } = readBaseUrl(baseUrl);
  // HTTP/1.1, because with HTTP/2 all downloads would share the flow control of one connection.
  const http = options.http ?? createHttp({ connections: maxConnections, connectTimeout });

  async function sendOnce(call: PortalRequest): Promise<PortalAnswer> {
    const given = await apiKey(call.name);
    const { text: key, version } = typeof given === 'string' ? { text: given, version: undefined } : given;
    // Node would refuse other characters, too, but with an error that operators would not understand.
    if (!/^[\x21-\x7e]+$/.test(key)) throw new ConfigurationError('the API key must be visible ASCII characters');
    const secrets = [key, ...(call.secrets ?? [])];
    const answer = await request(call, key).catch((error) => {
      throw connectionError(call, error, secrets);
    });
    if (call.accepts(answer.statusCode) && !isRefusedPage(call, answer)) return answer;
    throw await refusal(call, answer, secrets, version, clock);
  }

  function request({ method, path, headers, body, signal, headersTimeout, bodyTimeout }: PortalRequest, key: string) {
    return http({
      ...host,
      // Concatenated, because a URL parser would resolve segments of dots.
      path: prefix + path,
      method,
      headers: { accept: 'application/json', 'accept-encoding': 'identity', ...headers, 'x-api-key': key },
      body,
      signal,
      headersTimeout,
      bodyTimeout,
    });
  }

  /**
   * Sends one request and returns the answer with its body unread.
   * @throws PortalError for a status that the call does not accept, and if there is no answer
   */
  return async function send(call: PortalRequest): Promise<PortalAnswer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await sendOnce(call);
      } catch (error) {
        const delay = call.repeatable ? retryDelay(error, attempt, clock.random()) : undefined;
        if (delay === undefined) throw error;
        await abortableSleep(clock, delay, call.signal);
        if (call.signal?.aborted) throw error; // After a timeout the portal's last answer is the better error.
      }
    }
  };
}

/** The error for a failed connection. Takes only the text of the cause, whose object may contain a part of the portal's answer. */
export function connectionError(
  call: Pick<PortalRequest, 'name' | 'signal'>,
  error: unknown,
  secrets: readonly string[],
) {
  if (error instanceof GatewayError) return error;
  const { code = '', name = '', message = '' } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  const aborted = call.signal?.aborted || name === 'TimeoutError';
  const reason = connectionProblems[code] ?? message;
  const problem = aborted ? 'no complete answer in the time given' : `no complete answer: ${reason} (${code || name})`;
  // A kept connection that the portal has closed is detected only when it is used again.
  const reset = !aborted && ['ECONNRESET', 'EPIPE'].includes(code);
  return new PortalError({
    call: call.name,
    problem: problemText(problem, secrets),
    retryable: true,
    ...(reset && { retryAfter: 0 }),
  });
}

/** Texts for codes whose messages are not informative, such as "aborted". */
const connectionProblems: Record<string, string> = {
  ECONNREFUSED: 'nothing listens at that address',
  ECONNRESET: 'the connection was closed before its end',
  EPIPE: 'the connection was closed before its end',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
};

/** Whether the end of the body can be distinguished from a broken connection (RFC 9112, section 6.3). */
export function endIsKnown({ statusCode, headers }: PortalAnswer): boolean {
  return statusCode === 204 || 'content-length' in headers || 'transfer-encoding' in headers;
}

/** The error for an answer that the call does not accept, with the portal's own words if there are any. */
async function refusal(
  call: PortalRequest,
  { statusCode: status, headers, body }: PortalAnswer,
  secrets: readonly string[],
  keyVersion: string | undefined,
  clock: Clock,
) {
  const text = problemText(await shortBody(body, Math.min(call.headersTimeout, problemTime), clock), secrets);
  const isPage = call.accepts(status);
  const note = isPage ? ' with an HTML page:' : status >= 300 && status < 400 ? ' (redirects are not followed)' : '';
  const failure = {
    call: call.name,
    status,
    problem: `${status}${note}${text && ` ${text}`}`,
    retryable: isPage || isWorthRetry(call, status),
  };
  if (status === 401) return new PortalUnauthorizedError({ ...failure, keyVersion });
  return new PortalError({ ...failure, retryAfter: retryAfterOf(status, headers['retry-after'], clock.now()) });
}

/**
 * Reads the rest of a short answer, so that its connection can be reused. Returns an empty text if the rest is long or
 * truncated: a truncated secret could not be redacted, and the status is sufficient.
 */
export async function shortBody(body: Readable, timeout: number, clock: Clock): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of addAbortSignal(clock.timeout(timeout), body)) {
      parts.push(part);
      length += part.length;
      if (length > maxProblemBytes) return '';
    }
  } catch {
    return '';
  }
  return Buffer.concat(parts).toString();
}

/**
 * Whether the answer is a page of a proxy in front of the portal, which proves nothing: the portal itself answers with JSON or
 * an empty body.
 */
function isRefusedPage({ mayBePage = false }: PortalRequest, { statusCode, headers }: PortalAnswer): boolean {
  return !mayBePage && statusCode <= 400 && /^text\/html\b/i.test(String(headers['content-type']));
}

/** Statuses that a maintenance page or a proxy in front of the portal may also return. */
const passingRefusals: readonly number[] = [403, 404, 407];

function isWorthRetry({ movesFile = false }: PortalRequest, status: number): boolean {
  if (movesFile && ((status >= 300 && status < 400) || passingRefusals.includes(status))) return true;
  return status >= 500 || status === 408 || status === 425 || status === 429 || status < 300;
}

function readBaseUrl(baseUrl: string) {
  const url = URL.parse(baseUrl);
  if (!url) throw new ConfigurationError("the portal's base URL must be a URL");
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    throw new ConfigurationError("the portal's base URL must be HTTPS, except for a loopback host");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new ConfigurationError("the portal's base URL must be no more than a host and a path");
  }
  const { protocol, hostname, port } = urlToHttpOptions(url);
  return {
    host: { protocol: protocol ?? '', hostname: hostname ?? '', port },
    prefix: url.pathname.replace(/\/+$/, ''),
  };
}
