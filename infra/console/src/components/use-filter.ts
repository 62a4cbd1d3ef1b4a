import { useSearchParams } from 'react-router';
import { pageParameter } from './use-shown-page.ts';

/**
 * A filter that is kept in the address. Another one begins with the first page of the list.
 *
 * @returns its value, undefined when it is not set, and what sets it
 */
export function useFilter(name: string): [string | undefined, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = (value: string) =>
    setParameters(
      (before) => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        before.delete(pageParameter);
        return before;
      },
      { replace: true },
    );
  return [parameters.get(name) || undefined, set];
}
