import { PortalError } from './errors.ts';

/** At once means: within the one call. Whatever outlasts that is retried by the message's own backoff. */
const maxAttempts = 3;
const maxDelay = 2_000;
const firstDelay = 100;

/**
 * Milliseconds to wait before the request is sent again, or undefined when that would not help. Every call of the portal may be
 * repeated: marking and confirming twice answer 400, which counts as success, and the same message sends the same credentials.
 *
 * @param attempt how many were made
 * @param random from 0 to 1, for the jitter that keeps several functions from coming back together
 */
export function retryDelay(error: unknown, attempt: number, random: number): number | undefined {
  if (!(error instanceof PortalError) || error.retryAfter === undefined) return undefined;
  if (attempt >= maxAttempts || error.retryAfter > maxDelay) return undefined;
  return error.retryAfter + firstDelay * 2 ** (attempt - 1) * (0.5 + random / 2);
}

/**
 * How soon the portal will have the request again, in milliseconds; undefined when nothing says that it is a matter of seconds.
 *
 * @param header Retry-After: seconds or an HTTP date
 * @param now milliseconds since 1970
 */
export function retryAfterOf(status: number, header: string | string[] | undefined, now: number): number | undefined {
  if (![429, 502, 503, 504].includes(status)) return undefined;
  if (typeof header !== 'string') return 0;
  const wait = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
}
