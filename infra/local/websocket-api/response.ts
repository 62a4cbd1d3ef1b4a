import { z } from 'zod';

/**
 * A function's answer. API Gateway takes one with any other field for a failure (github.com/middyjs/middy/issues/1219), and so
 * one without a status.
 */
const answerSchema = z.strictObject({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(z.string())).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

export interface ConnectAnswer {
  status: number;
  /** The subprotocol that the connection is to have, from the header `Sec-WebSocket-Protocol`. */
  protocol: string | undefined;
}

/** @param payload the JSON that the function returned. @returns undefined when the answer has another form */
export function readAnswer(payload: string): ConnectAnswer | undefined {
  const { data } = answerSchema.safeParse(JSON.parse(payload));
  if (!data) return undefined;
  const headers = Object.entries(data.headers ?? {});
  const [, protocol] = headers.find(([name]) => name.toLowerCase() === 'sec-websocket-protocol') ?? [];
  return { status: data.statusCode, protocol };
}
