import { createHash, randomBytes } from 'node:crypto';

// A visitor's session is a cookie of 256 random bits. Tables have its SHA-256 alone.

const cookieName = 'dst-gateway-drafts';

/** Milliseconds for which a visitor's drafts are kept. */
export const draftTime = 30 * 24 * 3_600_000;

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

/** A browser may send several cookies of one name; the first is that of the longest path. */
function valueIn(cookies = ''): string | undefined {
  for (const pair of cookies.split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name === cookieName && /^[\w-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** The cookie that makes a browser forget its session. */
export const endOfSession = (host: string | undefined): string => cookieFor('', 0, host);

const sessionId = (value: string): string => createHash('sha256').update(value).digest('base64url');

/** The accounts take the drafts, too, so the cookie is for all paths. On one machine there is no TLS. */
function cookieFor(value: string, maxAge: number, host: string | undefined): string {
  const secure = isLoopback(host) ? '' : '; Secure';
  return `${cookieName}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
}

const isLoopback = (host = ''): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
