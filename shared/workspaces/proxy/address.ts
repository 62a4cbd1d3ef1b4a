import { serverPath } from '../job-types/job-type.ts';

/** Origin of a job's server for browsers: a host of its own for each job, so that no page of one reaches another. */
export function jobOrigin(jobsUrl: string, jobId: number): string {
  const { protocol, host } = new URL(jobsUrl);
  return `${protocol}//job-${jobId}.${host}`;
}

/** Place of a request: a job's server and a path there. */
export interface JobAddress {
  jobId: number;
  origin: string;
  /** Decoded path below the job's own. */
  path: string;
  /** The job's own path and what follows, as sent. */
  rawPath: string;
  /** As sent, without the question mark. */
  rawQuery: string;
}

/**
 * Reads the place of a request from its Host header and its target.
 *
 * @param jobsUrl address of the proxy
 * @returns `elsewhere` for another host or path, `unsafe` for a path that servers may understand in different ways
 */
export function addressOf(
  jobsUrl: string,
  host: string | undefined,
  target: string | undefined,
): JobAddress | 'elsewhere' | 'unsafe' {
  const [, digits = ''] = /^job-([1-9]\d{0,14})\./i.exec(host ?? '') ?? [];
  const jobId = Number(digits);
  const origin = jobOrigin(jobsUrl, jobId);
  if (digits === '' || host?.toLowerCase() !== new URL(origin).host) return 'elsewhere';
  const [rawPath = '', ...query] = (target ?? '').split('?');
  const base = serverPath(jobId);
  if (!rawPath.startsWith(base)) return 'elsewhere';
  const path = plainPath(rawPath.slice(base.length));
  if (path === undefined) return 'unsafe';
  return { jobId, origin, path, rawPath, rawQuery: query.join('?') };
}

/** Decodes a path. @returns undefined when a server could take it for a path elsewhere: `..`, `//`, encoded slashes and the like */
function plainPath(raw: string): string | undefined {
  if (!/^[\x21-\x7e]*$/.test(raw) || raw.includes('#')) return undefined;
  const segments: string[] = [];
  for (const [index, segment] of raw.split('/').entries()) {
    const text = decode(segment);
    const isLast = raw.split('/').length === index + 1;
    if (text === undefined || text === '.' || text === '..' || (text === '' && !isLast)) return undefined;
    // A second decoding must not change its meaning either.
    if (/[/\\\p{Cc}]/u.test(text) || /%(2e|2f|5c|00)/i.test(text)) return undefined;
    segments.push(text);
  }
  return segments.join('/');
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
