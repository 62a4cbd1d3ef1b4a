import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { logTime } from '../api-gateway/log-time.ts';
import { account } from '../resources.ts';

/** A request as API Gateway has taken it. */
export interface TakenRequest {
  apiId: string;
  requestId: string;
  /** When it came, in ms since 1970. */
  at: number;
  message: IncomingMessage;
  /** Decoded. */
  path: string;
  rawQuery: string;
  body: Buffer;
  /** The client's. */
  address: string;
}

/** The path as API Gateway hands it on: decoded, and cut off at a question mark that was encoded. @returns nothing when it can't be decoded */
export function decodePath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath).split('?')[0];
  } catch {
    return undefined;
  }
}

/**
 * The event of payload format 2.0 (developer guide, "Create AWS Lambda proxy integrations for HTTP APIs"): header names in lower
 * case, repeated headers and query parameters joined by commas, cookies apart, and what is no text in base64.
 */
export function eventOf(
  { apiId, requestId, at, message, address: sourceIp, path, rawQuery, body }: TakenRequest,
  routeKey: string,
  parameters: Record<string, string>,
): APIGatewayProxyEventV2 {
  const { cookie, ...headers } = headersOf(message);
  const method = message.method ?? 'GET';
  const query = queryOf(rawQuery);
  const isBase64Encoded = body.length > 0 && !isText(headers);
  const [domainName = ''] = (headers.host ?? '').split(':');
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: rawQuery,
    ...(cookie !== undefined && { cookies: cookie.split(/; ?/) }),
    headers: { ...headers, 'x-forwarded-for': sourceIp, 'x-forwarded-proto': 'http' },
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: account,
      apiId,
      domainName,
      domainPrefix: apiId,
      http: {
        method,
        path,
        protocol: `HTTP/${message.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: logTime(at),
      timeEpoch: at,
    },
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
}

/** Node drops some repeated headers and joins others: here every one is joined by a comma. */
function headersOf({ rawHeaders }: IncomingMessage): Record<string, string> {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const before = headers.get(name);
    const value = rawHeaders[index + 1] ?? '';
    headers.set(name, before === undefined ? value : `${before}${name === 'cookie' ? '; ' : ','}${value}`);
  }
  return Object.fromEntries(headers);
}

function queryOf(rawQuery: string): Record<string, string> | undefined {
  if (rawQuery === '') return undefined;
  const parameters = Map.groupBy(new URLSearchParams(rawQuery), ([name]) => name);
  return Object.fromEntries(
    [...parameters].map(([name, values]) => [name, values.map(([, value]) => value).join(',')]),
  );
}

const textTypes = /^(?:text\/.*|application\/(?:json|javascript|xml))$/;

/** Bodies of these types travel as they are, if nothing has packed them. */
function isText(headers: Record<string, string>): boolean {
  if (headers['content-encoding'] !== undefined) return false;
  const [type = ''] = (headers['content-type'] ?? 'text/plain').split(';');
  return textTypes.test(type.trim().toLowerCase());
}
