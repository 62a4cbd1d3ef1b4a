import type { UseInfiniteQueryResult, UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';

/**
 * Keeps the error of a query that has nothing to show until its next answer. Without it the page would say for a moment that it loads:
 * such a query forgets its error as soon as it is read anew.
 *
 * @param key of the query
 */
export function useLastError<Result extends UseQueryResult | UseInfiniteQueryResult>(
  result: Result,
  key: string,
): Result {
  const [last, setLast] = useState<{ error: Error; key: string }>();
  const { error, isPending, errorUpdateCount } = result;
  if (error && (error !== last?.error || key !== last.key)) setLast({ error, key });
  if (!isPending || errorUpdateCount === 0 || last?.key !== key) return result;
  const kept = { error: last.error, isPending: false };
  // A copy would read all properties, and draw the page anew whenever a reading begins or ends.
  return new Proxy(result, { get: (target, name) => Reflect.get(name in kept ? kept : target, name) });
}
