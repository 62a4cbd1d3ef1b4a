import { text } from 'node:stream/consumers';
import { urlToHttpOptions } from 'node:url';
import * as z from 'zod';
import { describeError, TransientError } from './errors.ts';
import { createHttp } from './http.ts';
import { authorization } from './sign.ts';
import type { Clock } from './time.ts';

/** One event for the bus. */
export interface BusEntry {
  detailType: string;
  /** JSON. */
  detail: string;
  /** When it happened, in milliseconds since 1970. */
  time: number;
}

/** Where domain events go. */
export interface EventBus {
  /**
   * @param entries at most ten
   * @returns for each entry the error that the bus refused it with, if it did
   * @throws TransientError when there was no answer: then nobody knows what the bus took
   */
  putEvents(entries: readonly BusEntry[]): Promise<(string | undefined)[]>;
}

/** The source of all events of the gateway, by which rules choose them. */
export const eventSource = 'dst-gateway';

const service = 'events';
/** Milliseconds for one request. Nothing is sent twice here: what failed is published by the next run. */
const timeout = 5_000;

const answerSchema = z.object({
  FailedEntryCount: z.int(),
  Entries: z.array(z.object({ ErrorCode: z.string().optional(), ErrorMessage: z.string().optional() })),
});

/**
 * An event bus of EventBridge, by the one call of it that is needed. Credentials and region are those that Lambda puts into
 * the environment.
 *
 * @param busName name or ARN
 */
export function eventBridge(busName: string, clock: Clock, env: NodeJS.ProcessEnv = process.env): EventBus {
  const region = env.AWS_REGION ?? '';
  const url = new URL(
    env.AWS_ENDPOINT_URL_EVENTBRIDGE ?? env.AWS_ENDPOINT_URL ?? `https://events.${region}.amazonaws.com`,
  );
  const credentials = () => ({
    accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
  });
  const http = createHttp({ connections: 5, connectTimeout: 2_000 });
  return {
    async putEvents(entries) {
      const body = JSON.stringify({ Entries: entries.map((entry) => putEventsEntry(entry, busName)) });
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        host: url.host,
        'x-amz-date': new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, ''),
        'x-amz-target': 'AWSEvents.PutEvents',
        ...(env.AWS_SESSION_TOKEN ? { 'x-amz-security-token': env.AWS_SESSION_TOKEN } : {}),
      };
      const signed = { ...headers, authorization: authorization({ headers, body }, credentials(), region, service) };
      const { Entries, FailedEntryCount } = await send(http, url, signed, body);
      if (Entries.length !== entries.length) throw new TransientError('EventBridge: PutEvents answered for others');
      if (FailedEntryCount === 0) return entries.map(() => undefined);
      return Entries.map(({ ErrorCode, ErrorMessage }) => ErrorCode && `${ErrorCode}: ${ErrorMessage}`);
    },
  };
}

const putEventsEntry = ({ detailType, detail, time }: BusEntry, EventBusName: string) => ({
  EventBusName,
  Source: eventSource,
  DetailType: detailType,
  Detail: detail,
  Time: Math.floor(time / 1000),
});

async function send(
  http: ReturnType<typeof createHttp>,
  url: URL,
  headers: Record<string, string>,
  body: string,
): Promise<z.infer<typeof answerSchema>> {
  const { hostname, port } = urlToHttpOptions(url);
  const host = { protocol: url.protocol, hostname: `${hostname}`, port: port ?? null };
  const request = { ...host, path: '/', method: 'POST', headers, body, headersTimeout: timeout, bodyTimeout: timeout };
  const { statusCode, answer } = await http(request)
    .then(async ({ statusCode, body }) => ({ statusCode, answer: await text(body) }))
    .catch((error: unknown) => {
      throw new TransientError(`EventBridge: PutEvents had no answer: ${describeError(error)}`);
    });
  if (statusCode === 200) return answerSchema.parse(JSON.parse(answer));
  throw new TransientError(`EventBridge: PutEvents: ${statusCode} ${answer.slice(0, 300)}`);
}
