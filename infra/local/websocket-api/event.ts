import type { IncomingMessage } from 'node:http';
import { logTime } from '../api-gateway/log-time.ts';
import { newRequestId } from '../api-gateway/request-id.ts';

/** Fields that the events of a connection have in common. */
export interface ConnectionOrigin {
  apiId: string;
  stage: string;
  connectionId: string;
  /** In ms since 1970. */
  connectedAt: number;
  domainName: string;
  identity: { sourceIp: string; userAgent?: string };
}

/** The context of a request, as functions get it and the access log has it. */
export interface RequestContext extends ConnectionOrigin {
  routeKey: string;
  eventType: 'CONNECT' | 'MESSAGE' | 'DISCONNECT';
  messageDirection: 'IN';
  requestId: string;
  extendedRequestId: string;
  requestTime: string;
  requestTimeEpoch: number;
}

/** @param at when the request came, in ms since 1970 */
export function contextOf(
  origin: ConnectionOrigin,
  eventType: RequestContext['eventType'],
  routeKey: string,
  at: number,
): RequestContext {
  const requestId = newRequestId();
  return {
    ...origin,
    routeKey,
    eventType,
    messageDirection: 'IN',
    requestId,
    extendedRequestId: requestId,
    requestTime: logTime(at),
    requestTimeEpoch: at,
  };
}

/** The event of `$connect`: the only one with the headers and the query of the handshake. */
export function connectEvent(requestContext: RequestContext, { rawHeaders, url = '' }: IncomingMessage) {
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  );
  const own = [
    ['X-Forwarded-For', requestContext.identity.sourceIp],
    ['X-Forwarded-Proto', 'http'],
  ] as const;
  const headers = grouped([...pairs, ...own]);
  const [, ...query] = url.split('?');
  const parameters = grouped([...new URLSearchParams(query.join('?'))]);
  return {
    headers: lastOf(headers),
    multiValueHeaders: headers,
    ...(Object.keys(parameters).length > 0 && {
      queryStringParameters: lastOf(parameters),
      multiValueQueryStringParameters: parameters,
    }),
    requestContext,
    isBase64Encoded: false,
  };
}

export const messageEvent = (requestContext: RequestContext, body: string) => ({
  requestContext: { ...requestContext, messageId: newRequestId() },
  body,
  isBase64Encoded: false,
});

/** How a connection ended: the code and the reason of RFC 6455, section 7.4. */
export interface CloseReason {
  code: number;
  reason: string;
}

export const disconnectEvent = (requestContext: RequestContext, { code, reason }: CloseReason) => ({
  headers: { Host: requestContext.domainName, 'X-Forwarded-For': requestContext.identity.sourceIp },
  multiValueHeaders: { Host: [requestContext.domainName], 'X-Forwarded-For': [requestContext.identity.sourceIp] },
  requestContext: { ...requestContext, disconnectStatusCode: code, disconnectReason: reason },
  isBase64Encoded: false,
});

function grouped(pairs: readonly (readonly [name: string, value: string])[]): Record<string, string[]> {
  const groups = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries([...groups].map(([name, values]) => [name, values.map(([, value]) => value)]));
}

const lastOf = (groups: Record<string, string[]>): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, values.at(-1) ?? '']));
