import { describeError, TransientError } from './errors.ts';
import { createHttp, type HttpAnswer } from './http.ts';
import { type Credentials, sign } from './signer.ts';
import type { Clock } from './time.ts';

/** A call about a connection of the WebSocket API. @returns the status of the answer */
export type ManagementCall = (method: 'POST' | 'DELETE', connectionId: string, body?: string) => Promise<number>;

/** Keys and region, as a client of the SDK has them. */
export interface CallerConfig {
  credentials(): Promise<Credentials>;
  region(): Promise<string>;
}

const tries = 3;

/** Milliseconds for an answer; shorter than any lease under which calls are made. */
const answerTime = 5_000;

/**
 * Calls API Gateway's management API (developer guide, "Use @connections commands in your backend service"). The SDK's client
 * takes four times as long for a call, and a push to very many is as many calls.
 *
 * @param endpoint the API's URL for callbacks
 */
export function createManagementCall(endpoint: string, caller: CallerConfig, clock: Clock): ManagementCall {
  const { protocol, host, hostname, port, pathname } = new URL(endpoint);
  const http = createHttp({ connections: 100, connectTimeout: 2_000 });
  const base = pathname.replace(/\/$/, '');
  const timeouts = { headersTimeout: answerTime, bodyTimeout: answerTime };

  async function attempt(method: string, path: string, body: string): Promise<HttpAnswer> {
    const signing = { service: 'execute-api', region: await caller.region(), credentials: await caller.credentials() };
    const headers = {
      ...sign({ method, host, path, body }, signing, clock.now()),
      'content-length': Buffer.byteLength(body),
    };
    const answer = await http({ protocol, hostname, port, method, path, headers, body, ...timeouts });
    // The answer is its status. The rest only has to go, so that the connection is free again.
    answer.body.on('error', () => {}).resume();
    return answer;
  }

  return async (method, connectionId, body = '') => {
    const path = `${base}/@connections/${encodeURIComponent(connectionId)}`;
    let failure: unknown;
    for (let tried = 0; tried < tries; tried++) {
      if (tried > 0) await clock.sleep(clock.random() * 50 * 2 ** tried);
      try {
        const { statusCode } = await attempt(method, path, body);
        if (statusCode < 500) return statusCode;
        failure = new TransientError(`API Gateway: status ${statusCode}`);
      } catch (error) {
        failure = error;
      }
    }
    throw failure instanceof TransientError ? failure : new TransientError(`API Gateway: ${describeError(failure)}`);
  };
}
