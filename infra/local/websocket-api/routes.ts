/**
 * The key of a message's route: the value of the attribute that selects it, if that is a route, else `$default`. What is no JSON
 * object has none (developer guide, "Overview of WebSocket APIs": "non-JSON messages are directed to a $default route").
 *
 * @param keys of all routes
 * @returns undefined when there is no such route, and no `$default`
 */
export function selectRoute(keys: ReadonlySet<string>, selector: string, body: string): string | undefined {
  const selected = selectedBy(selector, body);
  if (selected !== undefined && !selected.startsWith('$') && keys.has(selected)) return selected;
  return keys.has('$default') ? '$default' : undefined;
}

function selectedBy(selector: string, body: string): string | undefined {
  try {
    const message: unknown = JSON.parse(body);
    if (message === null || typeof message !== 'object') return undefined;
    const value: unknown = Reflect.get(message, selector);
    return value === undefined || value === null ? undefined : String(value);
  } catch {
    return undefined;
  }
}
