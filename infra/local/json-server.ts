import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { describeError, PermanentError } from '../../shared/platform/errors.ts';

/** An error that a service answers with: the SDK throws it under the same name. */
export class ServiceError extends PermanentError {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The actions of a service, by the value of `x-amz-target`. */
export type Actions = Record<string, (input: unknown) => Promise<object> | object>;

export interface JsonServer extends AsyncDisposable {
  endpoint: string;
}

/** Invokes a function by its name or ARN, with a payload of JSON. */
export type Invoke = (
  name: string,
  payload: string,
) => Promise<{ payload: string; functionError?: object | undefined }>;

const invocations = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/**
 * Serves AWS's JSON protocol on an ephemeral port: a POST with the action in a header, JSON in and out. And Lambda's Invoke,
 * which has a path of its own and answers with what the function does.
 */
export async function startJsonServer(actions: Actions, lambda: { invoke?: Invoke } = {}): Promise<JsonServer> {
  const server = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const reply = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
    };
    try {
      const invoked = invocations.exec(request.url ?? '')?.[1];
      if (invoked !== undefined && lambda.invoke) {
        const { payload, functionError } = await lambda.invoke(decodeURIComponent(invoked), await text(request));
        response.writeHead(200, functionError === undefined ? {} : { 'x-amz-function-error': 'Unhandled' });
        response.end(payload);
        return;
      }
      const action = actions[target];
      if (!action) throw new ServiceError('UnknownOperationException', `${target} is not served by the local runner`);
      reply(200, await action(JSON.parse(await text(request))));
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'ValidationException';
      reply(400, { __type: code, message: error instanceof ServiceError ? error.message : describeError(error) });
    }
  });
  await new Promise<void>((done, reject) => server.once('error', reject).listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
