import { useMutation, useQueryClient } from '@tanstack/react-query';

/**
 * Makes a change, and reads anew what it may have changed: nobody is told of what they do themselves.
 *
 * @param beginning of the paths of the resources
 */
export function useChange<Input, Output>(beginning: string, change: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () =>
      client.invalidateQueries({
        predicate: ({ queryKey: [path] }) => typeof path === 'string' && path.startsWith(beginning),
      }),
  });
}
