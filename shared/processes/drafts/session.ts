import { createHash, randomBytes } from 'node:crypto';
import { cookieOf, cookieValues } from '../../api/cookie.ts';
import { draftTime } from './limits.ts';

// A visitor's session is a cookie of 256 random bits. Tables have its SHA-256 alone.

const cookieName = 'dst-gateway-drafts';

/** Id of the session of a request, undefined when it has none. @param cookies the header `Cookie` */
export function sessionIn(cookies: string | undefined): string | undefined {
  const value = valueIn(cookies);
  return value === undefined ? undefined : sessionId(value);
}

/**
 * The session of a request, or a new one, and the cookie with which a browser keeps it as long as the drafts that are made now.
 *
 * @param headers by lower-case name
 */
export function keptSession({ cookie: cookies, host }: Readonly<Record<string, string | undefined>>): {
  session: string;
  cookie: string;
} {
  const value = valueIn(cookies) ?? randomBytes(32).toString('base64url');
  return { session: sessionId(value), cookie: cookieFor(value, draftTime / 1_000, host) };
}

const valueIn = (cookies: string | undefined): string | undefined =>
  cookieValues(cookies, cookieName).find((value) => /^[\w-]{43}$/.test(value));

/** The cookie that makes a browser forget its session. */
export const endOfSession = (host: string | undefined): string => cookieFor('', 0, host);

const sessionId = (value: string): string => createHash('sha256').update(value).digest('base64url');

/** The accounts take the drafts, too, so the cookie is for all paths. */
const cookieFor = (value: string, maxAge: number, host: string | undefined): string =>
  cookieOf({ name: cookieName, value, maxAge, host });
