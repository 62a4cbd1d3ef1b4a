import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as plainRequest } from 'node:http';
import { Agent as EncryptingAgent, request as encryptedRequest } from 'node:https';
import type { Socket } from 'node:net';
import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { readBeforeWriteFails } from './early-answer.ts';

export interface HttpOptions {
  /** Most connections to one host. */
  connections: number;
  /** Milliseconds. */
  connectTimeout: number;
}

export interface HttpRequest {
  protocol: string;
  hostname: string;
  port?: number | string | null | undefined;
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  body?: string | Uint8Array | Readable | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds without a byte in either direction until the answer's headers arrive; 0 for no limit. */
  headersTimeout: number;
  /** Milliseconds without a byte of the answer's body while it is being read; 0 for no limit. */
  bodyTimeout: number;
}

export interface HttpAnswer {
  statusCode: number;
  headers: IncomingMessage['headers'];
  /** Whether the whole request was sent before the answer began. */
  toWholeRequest: boolean;
  /** Has to be read to its end or destroyed. Emits an error if the answer is truncated. */
  body: Readable;
}

/** Sends a request. Resolves as soon as the answer's headers arrive. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** Idle time, in milliseconds, after which a connection is closed, before the other side closes it unnoticed. */
const idleTime = 4_000;

/**
 * Creates an HTTP/1.1 client on Node's own, with keep-alive. It adds nothing to a bundle and is about as fast as the
 * alternatives. Redirects are not followed.
 */
export function createHttp({ connections, connectTimeout }: HttpOptions): Http {
  const kept = { keepAlive: true, maxSockets: connections, timeout: idleTime };
  const plain = new Agent(kept);
  const encrypting = new EncryptingAgent(kept);

  return ({ body, signal, headersTimeout, bodyTimeout, ...target }) => {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const isEncrypted = target.protocol === 'https:';
    const options = { ...target, port: target.port ?? null, agent: isEncrypted ? encrypting : plain };
    const outgoing = (isEncrypted ? encryptedRequest : plainRequest)({ ...options, ...(signal && { signal }) });
    let answer: IncomingMessage | undefined;
    outgoing.on('error', reject);
    outgoing.on('socket', (socket: Socket) => limitConnecting(socket, connectTimeout));
    outgoing.on('timeout', () => {
      // Received data waits for its reader, which is no fault of the other side.
      if (answer && answer.readableLength > 0) outgoing.setTimeout(bodyTimeout);
      else (answer ?? outgoing).destroy(timeoutError('no byte for too long'));
    });
    outgoing.setTimeout(headersTimeout);
    outgoing.on('response', (response) => {
      answer = response;
      outgoing.setTimeout(bodyTimeout);
      if (signal) addAbortSignal(signal, response);
      const { statusCode = 0, headers } = response;
      resolve({ statusCode, headers, toWholeRequest: outgoing.writableFinished, body: response });
    });
    if (body instanceof Readable) {
      // Send the headers first, so that a server can refuse the request before the body is sent.
      outgoing.on('socket', readBeforeWriteFails).flushHeaders();
      pipeline(body, outgoing, (error) => error && reject(error));
    } else outgoing.end(body);
    return promise;
  };
}

function limitConnecting(socket: Socket, milliseconds: number): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => socket.destroy(timeoutError('no connection in time')), milliseconds);
  socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}

/** A timeout with a code that the AWS SDK, too, treats as transient. */
function timeoutError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ETIMEDOUT' });
}
