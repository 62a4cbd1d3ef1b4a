import { z } from 'zod';

/** Reply to the client. */
export interface HttpReply {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string | string[]>;
  body: Buffer | string;
}

/** Replies that API Gateway makes by itself. */
export const replies = {
  badRequest: () => reply(400, 'Bad Request'),
  forbidden: () => reply(403, 'Forbidden'),
  notFound: () => reply(404, 'Not Found'),
  tooLarge: () => reply(413, 'Request Entity Too Large'),
  tooManyRequests: () => reply(429, 'Too Many Requests'),
  failed: () => reply(500, 'Internal Server Error'),
  unavailable: () => reply(503, 'Service Unavailable'),
} as const;

function reply(status: number, message: string): HttpReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
}

const headerValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const structured = z.object({
  statusCode: z.coerce.number().int().min(200).max(599),
  headers: z.record(z.string(), headerValue).nullish(),
  cookies: z.array(z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

/**
 * Reads a function's answer in format 2.0. An answer without `statusCode` is the body of a 200, as JSON.
 *
 * @param payload the JSON that the function returned
 * @returns undefined when the answer has another form, which API Gateway makes a 500 of
 */
export function readResponse(payload: string): HttpReply | undefined {
  const value: unknown = JSON.parse(payload);
  if (value === null || typeof value !== 'object' || !('statusCode' in value)) {
    const body = typeof value === 'string' ? value : payload;
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const { data } = structured.safeParse(value);
  if (!data) return undefined;
  const headers = Object.entries(data.headers ?? {}).map(([name, header]) => [name.toLowerCase(), header] as const);
  const body = data.body ?? '';
  return {
    status: data.statusCode,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(headers),
      ...(data.cookies?.length && { 'set-cookie': data.cookies }),
    },
    body: data.isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}
