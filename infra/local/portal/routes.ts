/** The portal's calls, named by their method and path template as in its interface description. */
export const calls = [
  'GET /messages',
  'PATCH /messages',
  'PATCH /messages/{id}',
  'POST /projects/{projectNo}/confirm',
  'POST /user-accesses',
  'PATCH /user-accesses/{accessIdentifier}',
  'GET /data/{fileId}',
  'POST /data/{fileId}',
  'POST /data/large-file/{fileId}',
  'POST /data/project/{projectNo}',
  'POST /data/project/{projectNo}/{fileName}',
] as const;

export type CallName = (typeof calls)[number];

/** A request matched to a call; `parameters` are the percent-decoded path parameters, in the template's order. */
export interface MatchedCall {
  readonly call: CallName;
  readonly parameters: readonly string[];
}

export interface NoRoute {
  readonly status: 400 | 404 | 405;
  readonly reason: string;
}

const templates = calls.map((call) => {
  const [method = '', path = ''] = call.split(' ');
  return { call, method, segments: path.split('/') };
});

/**
 * Finds the call for a raw request target (not normalized: `..` is a segment like any other).
 * @param prefix base path without a slash at its end
 */
export function findRoute(method: string, target: string, prefix: string): MatchedCall | NoRoute {
  if (target.includes('?')) return { status: 404, reason: 'a query string, which no call has' };
  if (!target.startsWith(`${prefix}/`)) return { status: 404, reason: 'a path outside the base path' };
  const raw = target.slice(prefix.length).split('/');
  const fitting = templates.filter(({ segments }) => fits(segments, raw));
  const found = fitting.find((template) => template.method === method);
  if (found === undefined) {
    return fitting.length > 0
      ? { status: 405, reason: 'a method that the path does not have' }
      : { status: 404, reason: 'a path that no call has' };
  }
  const parameters = raw.filter((_, index) => isParameter(found.segments[index] ?? ''));
  try {
    return { call: found.call, parameters: parameters.map(decodeURIComponent) };
  } catch {
    return { status: 400, reason: 'a path that is not percent-encoded UTF-8' };
  }
}

function fits(segments: readonly string[], raw: readonly string[]): boolean {
  return (
    segments.length === raw.length &&
    segments.every((segment, index) => (isParameter(segment) ? raw[index] !== '' : raw[index] === segment))
  );
}

function isParameter(segment: string): boolean {
  return segment.startsWith('{');
}
