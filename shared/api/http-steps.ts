import type { MiddlewareObj, Request } from '@middy/core';
import { isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { describeError, InvalidInputError, TransientError } from '../platform/errors.ts';
import type { Log } from '../platform/logger.ts';
import type { Clock } from '../platform/time.ts';
import type { AuthenticateCaller } from './access.ts';
import { type Answer, Refusal } from './answer.ts';
import { answerText } from './answer-size.ts';
import type { ReadOriginSecret } from './client-address.ts';
import type { Dialect } from './dialect.ts';
import { refusals } from './refusals.ts';

/** Context that every function behind the HTTP API needs, beside the context of its routes. */
export interface HttpContext {
  clock: Pick<Clock, 'now'>;
  log: Log;
  authenticate: AuthenticateCaller;
  /** For functions whose routes use the client's address. Without it, that of CloudFront stands for all its viewers. */
  readOriginSecret?: ReadOriginSecret;
}

/** @returns the answer in API Gateway's format */
export function resultOf({ status, body, headers, cookies }: Answer): APIGatewayProxyStructuredResultV2 {
  const set = cookies && { cookies: [...cookies] };
  if (body === undefined) return { statusCode: status, headers: { ...headers }, ...set };
  if (Buffer.isBuffer(body)) {
    return {
      ...set,
      statusCode: status,
      headers: { ...headers },
      body: body.toString('base64'),
      isBase64Encoded: true,
    };
  }
  return {
    ...set,
    statusCode: status,
    headers: { 'content-type': 'application/json', ...headers },
    body: answerText(body),
  };
}

type Step = MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;
type StepRequest = Request<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>;

/** The fields of API Gateway's payload format 2.0 that the chain reads. */
const eventShape = z.object({
  version: z.literal('2.0'),
  rawQueryString: z.string(),
  headers: z.record(z.string(), z.string()),
  cookies: z.array(z.string()).optional(),
  requestContext: z.object({
    requestId: z.string(),
    http: z.object({ method: z.string(), path: z.string(), sourceIp: z.string() }),
  }),
  body: z.string().optional(),
  isBase64Encoded: z.boolean(),
});

/** Refuses events that are none of the HTTP API. */
export const checkEvent: Step = {
  before({ event }) {
    const { error } = eventShape.safeParse(event);
    const [issue] = error?.issues ?? [];
    if (issue) throw new InvalidInputError(`event.${issue.path.join('.')}: ${issue.message}`);
  },
};

/** Logs a line for each request: never its path, query, headers or body. */
export function logRequests({ log, clock }: HttpContext): Step {
  const begun = new WeakMap<object, number>();
  const report = ({ event, response }: StepRequest) => {
    const { requestId, http } = event.requestContext ?? {};
    log.info('request', {
      requestId,
      method: http?.method,
      status: response?.statusCode,
      milliseconds: clock.now() - (begun.get(event) ?? clock.now()),
    });
  };
  return {
    before({ event, context }) {
      log.resetKeys?.();
      log.appendKeys?.({ function_request_id: context.awsRequestId });
      begun.set(event, clock.now());
    },
    after: report,
    onError: report,
  };
}

/** Names the request in each answer, and keeps answers out of caches. */
export const identify: Step = { after: addHeaders, onError: addHeaders };

function addHeaders({ event, response }: StepRequest): void {
  if (!response) return;
  response.headers = {
    ...response.headers,
    'cache-control': 'no-store',
    'x-request-id': event.requestContext?.requestId ?? '',
  };
}

/** Makes an answer of whatever is thrown. */
export const answerErrors = ({ log }: HttpContext, dialect: Dialect): Step => ({
  onError(request) {
    const { error, event } = request;
    const method = event.requestContext?.http?.method ?? '';
    if (error instanceof Refusal) {
      request.response = resultOf(dialect.refusal(error.answer, method));
      return;
    }
    const requestId = event.requestContext?.requestId ?? '';
    log.error('request failed', { requestId, error: describeError(error) });
    const { answer } = isPassing(error) ? refusals.busy(requestId) : refusals.failed(requestId);
    request.response = resultOf(dialect.refusal(answer, method));
  },
});

/** Whether the same request may succeed in a moment: faults that the SDK tries again, too, such as timeouts and a lack of throughput. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const fault = error as Parameters<typeof isTransientError>[0];
  return error instanceof TransientError || isTransientError(fault) || isThrottlingError(fault);
}
