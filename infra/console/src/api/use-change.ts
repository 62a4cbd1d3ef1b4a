import { useMutation, useQueryClient } from '@tanstack/react-query';

/**
 * Makes a change, and reads anew what it may have changed: nobody is told of what they do themselves. One that fails may have changed
 * something, too: its answer may be lost, or only a part of it be done.
 *
 * @param beginning of the paths of the resources
 */
export function useChange<Input, Output>(beginning: string, change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  const readAnew = () =>
    client.invalidateQueries({
      predicate: ({ queryKey: [path] }) => typeof path === 'string' && path.startsWith(beginning),
    });
  return useMutation({
    mutationFn: change,
    onSuccess: readAnew,
    // The error is shown meanwhile.
    onError: () => void readAnew(),
  });
}
