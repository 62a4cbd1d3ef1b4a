import type { IncomingMessage } from 'node:http';
import type { HttpReply } from './response.ts';

/** `CorsConfiguration` of an HTTP API. */
export interface CorsSettings {
  AllowOrigins: string[];
  AllowMethods: string[];
  AllowHeaders: string[];
  ExposeHeaders: string[];
  MaxAge?: number | undefined;
}

/** The answer to a preflight request, which no function sees. @returns undefined for any other request */
export function preflight(cors: CorsSettings, { method, headers }: IncomingMessage): HttpReply | undefined {
  const { origin } = headers;
  if (method !== 'OPTIONS' || origin === undefined || headers['access-control-request-method'] === undefined) {
    return undefined;
  }
  return {
    status: 204,
    headers: isAllowed(cors, origin)
      ? {
          'access-control-allow-origin': origin,
          'access-control-allow-methods': cors.AllowMethods.join(','),
          'access-control-allow-headers': cors.AllowHeaders.join(','),
          ...(cors.MaxAge !== undefined && { 'access-control-max-age': String(cors.MaxAge) }),
          vary: 'Origin',
        }
      : {},
    body: '',
  };
}

/** An answer with the gateway's CORS headers in place of the function's. */
export function withCors(
  cors: CorsSettings | undefined,
  { headers: { origin } }: IncomingMessage,
  reply: HttpReply,
): HttpReply {
  if (!cors) return reply;
  const own = Object.entries(reply.headers).filter(([name]) => !name.startsWith('access-control-'));
  const headers = Object.fromEntries(own);
  if (origin === undefined || !isAllowed(cors, origin)) return { ...reply, headers };
  return {
    ...reply,
    headers: {
      ...headers,
      'access-control-allow-origin': origin,
      'access-control-expose-headers': cors.ExposeHeaders.join(','),
      vary: 'Origin',
    },
  };
}

const isAllowed = ({ AllowOrigins }: CorsSettings, origin: string) =>
  AllowOrigins.includes('*') || AllowOrigins.includes(origin);
