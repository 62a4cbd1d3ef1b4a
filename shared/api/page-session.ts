import { cookieOf, cookieValues } from './cookie.ts';

// The console's page has its token in a cookie, which no script reads. Browsers add cookies to requests that other pages make,
// too, so a cookie counts only in requests that are the page's own.

type Headers = Readonly<Record<string, string | undefined>>;

const name = 'dst-gateway-session';

/** Sent by the page with each call: other origins could send it only after CORS had let them. */
const pageHeader = 'x-console';

/**
 * Whether the console's own page sent a request: by `Sec-Fetch-Site`, which no page sets itself, and, for requests that change
 * something, by the page's header.
 *
 * @param headers by lower-case name
 */
export const isOfPage = (headers: Headers, method: string): boolean =>
  headers['sec-fetch-site'] === 'same-origin' && (method === 'GET' || headers[pageHeader] !== undefined);

/** The token in the page's cookie, if the page itself sent the request. */
export function pageToken(headers: Headers, method: string): string | undefined {
  if (!isOfPage(headers, method)) return undefined;
  return cookieValues(headers, name).find((value) => value !== '');
}

/** @param endsAt of the token, in milliseconds since 1970 @returns the value of `Set-Cookie` */
export const pageCookie = (token: string, endsAt: number, now: number, host: string | undefined): string =>
  cookieOf({ name, value: token, maxAge: Math.max(0, Math.floor((endsAt - now) / 1_000)), host });

/** The cookie that makes a browser forget the page's session. */
export const endOfPageSession = (host: string | undefined): string => cookieOf({ name, value: '', maxAge: 0, host });
