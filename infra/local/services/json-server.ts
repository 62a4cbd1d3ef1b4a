import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describeError, PermanentError } from '../../../shared/platform/errors.ts';
import type { Guard } from './guard.ts';
import { close, listen } from './listen.ts';
import type { SignatureRefusal } from './signature.ts';

/** An error that a service answers with: the SDK throws it under the same name. */
export class ServiceError extends PermanentError {
  readonly code: string;
  /** Further fields of the answer. */
  readonly fields: object;
  constructor(code: string, message: string, fields: object = {}) {
    super(message);
    this.code = code;
    this.fields = fields;
  }
}

/** The actions of a service, by the value of `x-amz-target`; of a REST service by method and path. */
export type Actions = Record<string, (input: unknown) => Promise<object> | object>;

export interface JsonServer extends AsyncDisposable {
  endpoint: string;
}

/** Lambda's Invoke of a function by its name or ARN, with a payload of JSON. */
export interface Invocations {
  invoke?: (name: string, payload: string) => Promise<{ payload: string; functionError?: object | undefined }>;
  /** The invocation type `Event`. @throws for an unknown function; never by what comes of the invocation */
  invokeAsynchronously?: (name: string, payload: string) => Promise<void>;
}

const invocations = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** Bytes: Lambda takes 6 MB, the other services less. */
const longestBody = 7_000_000;

/**
 * Serves AWS's JSON protocol on an ephemeral port: a POST with the action in a header, JSON in and out. Also serves Lambda's
 * Invoke, which has its own path.
 *
 * @param guard decides about each request; without one all are served, for tests
 */
export async function startJsonServer(actions: Actions, lambda: Invocations = {}, guard?: Guard): Promise<JsonServer> {
  const server = createServer(async (request, response) => {
    const { method = '', url = '/', headers } = request;
    const target = String(headers['x-amz-target']);
    try {
      const body = await bodyOf(request);
      const refusal = await guard?.({ method, url, headers, body });
      if (refusal) return refuse(response, refusal);
      const invoked = invocations.exec(url)?.[1];
      if (invoked !== undefined) {
        const type = headers['x-amz-invocation-type'];
        return await invokeBy(lambda, { name: decodeURIComponent(invoked), payload: body.toString(), type }, response);
      }
      const action = actions[target] ?? actions[`${method} ${url}`];
      if (!action) throw new ServiceError('UnknownOperationException', `${target} is not served by the local runner`);
      reply(response, 200, await action(JSON.parse(body.toString())));
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'ValidationException';
      reply(response, 400, {
        __type: code,
        message: error instanceof ServiceError ? error.message : describeError(error),
        ...(error instanceof ServiceError && error.fields),
      });
    }
  });
  return { endpoint: await listen(server), [Symbol.asyncDispose]: () => close(server) };
}

async function invokeBy(
  { invoke, invokeAsynchronously }: Invocations,
  { name, payload, type = 'RequestResponse' }: { name: string; payload: string; type: string | string[] | undefined },
  response: ServerResponse,
): Promise<void> {
  if (type === 'Event' && invokeAsynchronously) {
    void invokeAsynchronously(name, payload);
    response.writeHead(202).end();
  } else if (type === 'RequestResponse' && invoke) {
    const { payload: answer, functionError } = await invoke(name, payload);
    response.writeHead(200, functionError === undefined ? {} : { 'x-amz-function-error': 'Unhandled' });
    response.end(answer);
  } else throw new ServiceError('InvalidParameterValueException', `Invoke ${type} is not served by the local runner`);
}

/** Reads a request's whole body. @throws PermanentError if it is longer than AWS allows, because the sender may be anybody */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > longestBody) throw new PermanentError('The request is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

export function refuse(response: ServerResponse, { code, message }: SignatureRefusal): void {
  reply(response, 403, { __type: code, message });
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
}
