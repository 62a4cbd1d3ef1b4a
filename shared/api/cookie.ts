/** A cookie that no script reads, and that browsers send with requests of the same site alone. */
interface Cookie {
  name: string;
  value: string;
  /** Seconds that browsers keep it; 0 has them forget it. */
  maxAge: number;
  /** Host of the request, as its header has it. */
  host: string | undefined;
}

/** @returns the value of `Set-Cookie`. On one machine there is no TLS */
export function cookieOf({ name, value, maxAge, host }: Cookie): string {
  const secure = isLoopback(host) ? '' : '; Secure';
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure}`;
}

/** Values of a cookie. A browser may send several of one name; the first is that of the longest path. @param header `Cookie` */
export const cookieValues = (header: string | undefined, name: string): string[] =>
  (header ?? '').split(';').flatMap((pair) => {
    const [sent, value = ''] = pair.trim().split('=', 2);
    return sent === name ? [value] : [];
  });

/** Whether a request was sent to this machine. */
export const isLoopback = (host = ''): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
