import { useMutation, useQueryClient } from '@tanstack/react-query';
import * as z from 'zod';
import { call } from './call.ts';

const report = z.object({ outcome: z.string(), planned: z.array(z.string()), completed: z.array(z.string()) });

/** A decision: its path below `/operate/`, and what it is about. */
export interface Decision {
  path: string;
  about?: Readonly<Record<string, unknown>>;
}

/** Carries decisions out. What is shown is read anew afterwards, as a refusal may mean that somebody was faster. */
export function useDecision() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ path, about, reason }: Decision & { reason: string }) =>
      call({ method: 'POST', path: `/operate/${path}`, body: { ...about, reason }, schema: report }),
    onSettled: () => client.invalidateQueries({ predicate: ({ queryKey }) => isOfOperators(queryKey[0]) }),
  });
}

/** Begins a poll. */
export function usePollNow() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call({ method: 'POST', path: '/operate/poll', schema: z.object({ after: z.number() }) }),
    onSettled: () => client.invalidateQueries({ queryKey: ['/operate/status'] }),
  });
}

const isOfOperators = (path: unknown): boolean => typeof path === 'string' && path.startsWith('/operate/');
