import * as z from 'zod';
import { pageHeader, takeEarly } from '../early.ts';
import { ApiError } from './error.ts';

export type QueryParameters = Readonly<Record<string, string | number | undefined>>;

export interface Call<Schema extends z.ZodType> {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root, its variable parts encoded by `pathOf`. */
  path: string;
  /** Undefined and empty values are left out. */
  query?: QueryParameters | undefined;
  /** Sent as JSON; a form as it is. */
  body?: unknown;
  /** Schema of the part of the answer that the page reads. */
  schema: Schema;
  signal?: AbortSignal;
  /** Has a repeated request create once. */
  idempotencyKey?: string;
}

/**
 * Calls the gateway's API with the session of the page's cookie.
 *
 * @throws ApiError when it is refused, fails, does not arrive, or has an answer of another form
 */
export async function call<Schema extends z.ZodType>(request: Call<Schema>): Promise<z.output<Schema>> {
  const { method = 'GET', path, query, body, schema, signal, idempotencyKey } = request;
  const isForm = body instanceof FormData;
  const response = await send(`${path}${searchOf(query)}`, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    ...(signal && { signal }),
    headers: {
      ...pageHeader,
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
    },
    ...(body !== undefined && { body: isForm ? body : JSON.stringify(body) }),
  });
  const requestId = response.headers.get('x-request-id') ?? response.headers.get('apigw-requestid') ?? undefined;
  const { status } = response;
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) throw new ApiError(textsIn(answer, status), { status, requestId, body: answer });
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new ApiError(['unexpected answer'], { status, requestId, cause: parsed.error });
}

/** A path with encoded parts. @example pathOf`/accounts/user/${name}` */
export const pathOf = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  String.raw({ raw: parts }, ...values.map(encodeURIComponent));

/** @throws ApiError when no answer comes */
export async function send(url: string, init: RequestInit): Promise<Response> {
  const early = init.method === 'GET' ? takeEarly(url) : undefined;
  try {
    return await (early ?? fetch(url, init));
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError(['unreachable'], { status: 0, cause });
  }
}

function searchOf(query: QueryParameters = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length > 0 ? `?${new URLSearchParams(given)}` : '';
}

const refusal = z.object({
  error: z.string().optional(),
  errorMessage: z.string().optional(),
  message: z.string().optional(),
  comment: z.string().optional(),
});

/** The texts for people in a refusal of whichever API. With the broken rule of a body, `error` says nothing more. */
function textsIn(answer: unknown, status: number): string[] {
  const { error, errorMessage, message, comment } = refusal.safeParse(answer).data ?? {};
  const texts = [errorMessage ?? error, message, comment].filter(
    (text): text is string => text !== undefined && text !== '',
  );
  return texts.length > 0 ? texts : [`Status ${status}`];
}
