/** A cookie that no script reads, and that browsers send with requests of the same site alone. */
interface Cookie {
  /** Without the prefix. */
  name: string;
  value: string;
  /** Seconds that browsers keep it; 0 has them forget it. */
  maxAge: number;
  /** Host of the request, as its header has it. */
  host: string | undefined;
}

interface Headers {
  readonly cookie?: string | undefined;
  readonly host?: string | undefined;
}

/** @returns the value of `Set-Cookie`. On one machine there is no TLS */
export function cookieOf({ name, value, maxAge, host }: Cookie): string {
  const secure = isLoopback(host) ? '' : '; Secure';
  return `${nameFor(host, name)}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
}

/**
 * Values of a cookie. A browser may send several of one name; the first is that of the longest path.
 *
 * @param headers by lower-case name
 * @param name without the prefix
 */
export function cookieValues({ cookie = '', host }: Headers, name: string): string[] {
  const wanted = nameFor(host, name);
  return cookie.split(';').flatMap((pair) => {
    const [sent, value = ''] = pair.trim().split('=', 2);
    return sent === wanted ? [value] : [];
  });
}

/** With the prefix, which asks for TLS, browsers take the cookie from this very host alone, and none from the host of a job. */
const nameFor = (host: string | undefined, name: string): string => (isLoopback(host) ? name : `__Host-${name}`);

/** Whether a request was sent to this machine. */
const isLoopback = (host = ''): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
