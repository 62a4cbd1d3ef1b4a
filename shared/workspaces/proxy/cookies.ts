import { serverPath } from '../job-types/job-type.ts';

const name = 'dst-gateway-job';

/** Names of the gateway's cookies. No server of a job sees or sets one. */
const ownPattern = /^(__(secure|host)-)?dst-gateway-/i;

/** Cookies that one request may have of the visit's name: a page of a sister host can add some. */
const mostVisits = 5;

const cookieName = (origin: string) => (origin.startsWith('https:') ? `__Secure-${name}` : name);

/**
 * The cookie of a visit: no script reads it, no page elsewhere has it sent, and it goes to the paths of one job at one host.
 *
 * @param origin of the job
 */
export function visitCookie(origin: string, jobId: number, value: string): string {
  const isSecure = origin.startsWith('https:');
  return `${cookieName(origin)}=${value}; Path=${serverPath(jobId)}; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
}

/** Values of the visit's cookie in a request. */
export function visitsIn(origin: string, header: string | undefined): string[] {
  const own = `${cookieName(origin)}=`;
  return pairsOf(header)
    .filter((pair) => pair.startsWith(own))
    .slice(0, mostVisits)
    .map((pair) => pair.slice(own.length));
}

/** The header without the gateway's cookies; undefined when nothing is left. */
export function withoutOwn(header: string | undefined): string | undefined {
  const others = pairsOf(header).filter((pair) => !ownPattern.test(pair));
  return others.length > 0 ? others.join('; ') : undefined;
}

const pairsOf = (header: string | undefined): string[] =>
  (header ?? '').split(';').flatMap((pair) => pair.trim() || []);

/**
 * Keeps a cookie of a job's server to the job: its host, its path, its name.
 *
 * @returns undefined for a cookie that has the name of one of the gateway's
 */
export function confineCookie(jobId: number, header: string): string | undefined {
  const [pair = '', ...attributes] = header.split(';').map((part) => part.trim());
  if (ownPattern.test(pair) || !/^[^=]+=/.test(pair)) return undefined;
  const base = serverPath(jobId);
  const path = attributes.findLast((attribute) => /^path\s*=/i.test(attribute))?.replace(/^path\s*=\s*/i, '');
  const others = attributes.filter((attribute) => !/^(path|domain)\s*(=|$)/i.test(attribute));
  return [pair, ...others, `Path=${path?.startsWith(base) ? path : base}`].join('; ');
}
