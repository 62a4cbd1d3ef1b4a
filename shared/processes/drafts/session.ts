import { createHash, randomBytes } from 'node:crypto';
import { cookieOf, cookieValues } from '../../api/cookie.ts';
import { draftTime } from './limits.ts';

// A visitor's session is a cookie of 256 random bits. Tables have its SHA-256 alone.

const name = 'dst-gateway-drafts';

type Headers = Parameters<typeof cookieValues>[0];

/** Id of the session of a request, undefined when it has none. @param headers by lower-case name */
export function sessionIn(headers: Headers): string | undefined {
  const value = valueIn(headers);
  return value === undefined ? undefined : sessionId(value);
}

/**
 * The session of a request, or a new one, and the cookie with which a browser keeps it as long as the drafts that are made now.
 *
 * @param headers by lower-case name
 */
export function keptSession(headers: Headers): { session: string; cookie: string } {
  const value = valueIn(headers) ?? randomBytes(32).toString('base64url');
  return { session: sessionId(value), cookie: cookieFor(value, draftTime / 1_000, headers.host) };
}

const valueIn = (headers: Headers): string | undefined =>
  cookieValues(headers, name).find((value) => /^[\w-]{43}$/.test(value));

/** The cookie that makes a browser forget its session. */
export const endOfSession = (host: string | undefined): string => cookieFor('', 0, host);

const sessionId = (value: string): string => createHash('sha256').update(value).digest('base64url');

/** The accounts take the drafts, too, so the cookie is for all paths. */
const cookieFor = (value: string, maxAge: number, host: string | undefined): string =>
  cookieOf({ name, value, maxAge, host });
