import type { LogEntry } from '../api-gateway/access-log.ts';
import type { ApiRoute } from '../api-gateway/template.ts';
import { tokenBucket } from '../api-gateway/throttle.ts';
import { within } from '../api-gateway/within.ts';
import type { InvocationResult } from '../lambda/host.ts';
import type { RequestContext } from './event.ts';
import { readAnswer } from './response.ts';

/** Invocations at work or waiting beyond which Lambda throttles: the concurrency that an account has (AWS Lambda quotas). */
const mostPending = 1_000;

/** Outcome of a request. */
export interface RequestOutcome {
  status: number;
  /** Whether the status is API Gateway's own, and not the function's. */
  isOwn: boolean;
  /** The subprotocol that the function chose. */
  protocol?: string | undefined;
}

const own = (status: number): RequestOutcome => ({ status, isOwn: true });

/** Texts of API Gateway's own answers. */
const texts: Readonly<Record<number, string>> = {
  403: 'Forbidden',
  429: 'Too Many Requests',
  502: 'Internal server error',
  504: 'Endpoint request timed out',
};

/** The message that API Gateway sends by itself. */
export const ownMessage = (status: number, { connectionId, requestId }: RequestContext) => ({
  message: texts[status] ?? 'Forbidden',
  connectionId,
  requestId,
});

export interface Integrations {
  /** Runs the function of the route that the context names, within the limits of the route, and logs the request. */
  run(context: RequestContext, event: object): Promise<RequestOutcome>;
}

export function createIntegrations(
  routes: readonly ApiRoute[],
  invoke: (functionId: string, event: object) => Promise<InvocationResult>,
  onRequest: (entry: LogEntry) => void,
): Integrations {
  const now = () => performance.now();
  const byKey = new Map(routes.map((route) => [route.key, { ...route, take: tokenBucket(route.throttle, now) }]));
  let pending = 0;

  async function outcomeOf(routeKey: string, event: object): Promise<RequestOutcome> {
    const route = byKey.get(routeKey);
    if (!route) return own(403);
    if (!route.take()) return own(429);
    if (pending >= mostPending) return own(502);
    pending++;
    // Until it ends, and not until the client has its answer.
    const invocation = invoke(route.function, event).finally(() => pending--);
    const result = await within(route.timeout, invocation);
    if (!result) return own(504);
    const answer = result.functionError ? undefined : readAnswer(result.payload);
    return answer ? { ...answer, isOwn: false } : own(502);
  }

  return {
    async run(context, event) {
      const begun = now();
      const outcome = await outcomeOf(context.routeKey, event).catch(() => own(502));
      const { apiId, connectionId, eventType, identity, requestId, requestTimeEpoch: at, routeKey } = context;
      onRequest({
        requestId,
        apiId,
        at,
        connectionId,
        eventType,
        address: identity.sourceIp,
        ...(routeKey !== '' && { routeKey }),
        status: outcome.status,
        functionMilliseconds: Math.round(now() - begun),
      });
      return outcome;
    },
  };
}
