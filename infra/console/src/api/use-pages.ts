import { hashKey, useInfiniteQuery } from '@tanstack/react-query';
import type * as z from 'zod';
import { call, type QueryParameters } from './call.ts';
import { useLastError } from './use-last-error.ts';

interface Pages<Schema extends z.ZodType> {
  path: string;
  query?: QueryParameters;
  /** Schema of a page. */
  schema: Schema;
  /** Cursor of the page behind one, if there is one. */
  nextOf: (page: z.output<Schema>) => string | undefined;
  /** Name of the query's parameter for the cursor. */
  cursor?: string;
  /** As in `useResource`. */
  live?: readonly string[];
  enabled?: boolean;
}

/** Reads a list of the API page by page, and keeps the pages up to date that are shown. */
export const usePages = <Schema extends z.ZodType>({
  path,
  query,
  schema,
  nextOf,
  cursor = 'after',
  live = [],
  enabled = true,
}: Pages<Schema>) => {
  const queryKey = [path, query ?? {}, 'pages'];
  const result = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => call({ path, query: { ...query, [cursor]: pageParam }, schema, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextOf,
    meta: { live },
    enabled,
    placeholderData: (before) => before,
  });
  return useLastError(result, hashKey(queryKey));
};
