/** A route that a request matches, and the values of the path's variables. */
export interface RouteMatch<Route> {
  route: Route;
  parameters: Record<string, string>;
}

interface Pattern<Route> {
  route: Route;
  method: string;
  segments: string[];
}

/** How a path's segment is matched: the lower the more specific. */
const literal = 0;
const variable = 1;
const greedy = 2;

/**
 * Chooses routes as API Gateway does: a full match before a greedy one, a more specific path before a less specific one, a
 * method before `ANY`, and `$default` last (developer guide, "Create routes for HTTP APIs": "Routing API requests").
 *
 * @param routes by their keys, `ANY /pets/{proxy+}`, `GET /pets/{id}`, `$default`
 * @returns finds the route of a method and a decoded path
 */
export function createRouter<Route extends { key: string }>(
  routes: readonly Route[],
): (method: string, path: string) => RouteMatch<Route> | undefined {
  const patterns = routes
    .filter(({ key }) => key !== '$default')
    .map(patternOf)
    .sort(bySpecificity);
  const fallback = routes.find(({ key }) => key === '$default');
  return (method, path) => {
    const segments = path.split('/').slice(1);
    for (const { route, ...pattern } of patterns) {
      if (pattern.method !== 'ANY' && pattern.method !== method) continue;
      const parameters = match(pattern.segments, segments);
      if (parameters) return { route, parameters };
    }
    return fallback && { route: fallback, parameters: {} };
  };
}

function patternOf<Route extends { key: string }>(route: Route): Pattern<Route> {
  const [method = '', path = ''] = route.key.split(' ');
  return { route, method, segments: path.split('/').slice(1) };
}

function bySpecificity(one: Pattern<unknown>, other: Pattern<unknown>): number {
  const isGreedy = ({ segments }: Pattern<unknown>) => Number(rankOf(segments.at(-1)) === greedy);
  if (isGreedy(one) !== isGreedy(other)) return isGreedy(one) - isGreedy(other);
  for (let index = 0; index < Math.max(one.segments.length, other.segments.length); index++) {
    const difference = rankOf(one.segments[index]) - rankOf(other.segments[index]);
    if (difference !== 0) return difference;
  }
  return Number(one.method === 'ANY') - Number(other.method === 'ANY');
}

function rankOf(segment: string | undefined): number {
  if (segment?.endsWith('+}')) return greedy;
  return segment?.startsWith('{') ? variable : literal;
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    const rank = rankOf(part);
    if (rank === greedy) return { ...parameters, [part.slice(1, -2)]: segments.slice(index).join('/') };
    if (rank === variable && segment !== '') parameters[part.slice(1, -1)] = segment;
    else if (part !== segment) return undefined;
  }
  return segments.length === pattern.length ? parameters : undefined;
}
