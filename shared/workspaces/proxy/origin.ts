import type { IncomingHttpHeaders } from 'node:http';

/** Facts of a request by which browsers say whose page sends it. */
type Sent = Pick<IncomingHttpHeaders, 'origin' | 'sec-fetch-site' | 'sec-fetch-mode' | 'sec-fetch-dest'>;

/**
 * Decides whether a page of another origin sends a request: another job's, the gateway's or anybody's. Nothing comes in from
 * there but a link that somebody follows. Programs send none of these headers.
 *
 * @param own origin of the job
 */
export function isForeign(own: string, method: string | undefined, headers: Sent): boolean {
  const { origin, 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers;
  if (origin !== undefined) return origin !== own;
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return !(method === 'GET' && mode === 'navigate' && destination === 'document');
}
