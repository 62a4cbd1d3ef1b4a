import { hashKey, useQuery } from '@tanstack/react-query';
import type * as z from 'zod';
import { call, type QueryParameters } from './call.ts';
import { useLastError } from './use-last-error.ts';

interface Resource<Schema extends z.ZodType> {
  path: string;
  query?: QueryParameters;
  schema: Schema;
  /**
   * Beginnings of the subjects whose events change the resource, as `message#` or `project#1001`: it is read anew with each of
   * them, and after a gap.
   */
  live?: readonly string[];
  /** Not read while false. */
  enabled?: boolean;
}

/** Reads a resource of the API, and keeps it up to date as long as it is shown. */
export const useResource = <Schema extends z.ZodType>({
  path,
  query,
  schema,
  live = [],
  enabled = true,
}: Resource<Schema>) => {
  const queryKey = [path, query ?? {}];
  const result = useQuery({
    queryKey,
    queryFn: ({ signal }) => call({ path, query, schema, signal }),
    meta: { live },
    enabled,
    // The rows of before stay while a filter changes.
    placeholderData: (before) => before,
  });
  return useLastError(result, hashKey(queryKey));
};
