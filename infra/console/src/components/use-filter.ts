import { useSearchParams } from 'react-router';

/** A filter that is kept in the address. @returns its value, undefined when it is not set, and what sets it */
export function useFilter(name: string): [string | undefined, (value: string) => void] {
  const [parameters, setParameters] = useSearchParams();
  const set = (value: string) =>
    setParameters(
      (before) => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return [parameters.get(name) || undefined, set];
}
