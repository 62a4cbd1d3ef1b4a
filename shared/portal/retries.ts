import { PortalError } from './errors.ts';

/** Attempts within one call. Longer failures are retried with the message's backoff. */
const maxAttempts = 3;
const maxDelay = 2_000;
const firstDelay = 100;

/**
 * Milliseconds to wait before the request is repeated, or undefined if a repetition would not help. Every call to the portal
 * may be repeated: marking and confirming twice answer 400, which counts as success, and the same message sends the same
 * credentials.
 *
 * @param attempt number of attempts made
 * @param random from 0 to 1, for jitter, so that functions do not retry at the same time
 */
export function retryDelay(error: unknown, attempt: number, random: number): number | undefined {
  if (!(error instanceof PortalError) || error.retryAfter === undefined) return undefined;
  if (attempt >= maxAttempts || error.retryAfter > maxDelay) return undefined;
  return error.retryAfter + firstDelay * 2 ** (attempt - 1) * (0.5 + random / 2);
}

/**
 * Time after which the portal accepts the request again, in milliseconds; undefined unless the answer indicates seconds.
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
