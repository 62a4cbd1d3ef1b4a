import { hashKey, queryOptions, useQuery } from '@tanstack/react-query';
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

/** How a resource is read. */
export const resourceQuery = <Schema extends z.ZodType>({ path, query, schema, live = [] }: Resource<Schema>) =>
  queryOptions({
    queryKey: [path, query ?? {}],
    queryFn: ({ signal }): Promise<z.output<Schema>> => call({ path, query, schema, signal }),
    meta: { live },
  });

/** Reads a resource of the API, and keeps it up to date as long as it is shown. */
export const useResource = <Schema extends z.ZodType>(resource: Resource<Schema>) => {
  const options = resourceQuery(resource);
  const result = useQuery({
    ...options,
    enabled: resource.enabled ?? true,
    // The rows of before stay while a filter changes.
    placeholderData: (before) => before,
  });
  return useLastError(result, hashKey(options.queryKey));
};
