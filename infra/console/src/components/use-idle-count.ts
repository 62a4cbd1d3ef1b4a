import { useEffect, useState } from 'react';

/** Milliseconds after which a browser that cannot tell counts as idle. */
const pause = 200;

/** Counts up from 0, once in each moment in which the page has nothing else to do: for what may come after all else. */
export function useIdleCount(most: number): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    if (count >= most) return undefined;
    const next = () => setCount(count + 1);
    // Safari has no idle callbacks.
    if (!('requestIdleCallback' in globalThis)) {
      const timer = setTimeout(next, pause);
      return () => clearTimeout(timer);
    }
    const request = requestIdleCallback(next);
    return () => cancelIdleCallback(request);
  }, [count, most]);
  return count;
}
