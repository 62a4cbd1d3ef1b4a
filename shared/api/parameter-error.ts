import type * as z from 'zod';

/** Text for a parameter that is missing or no number, where zod names JavaScript's values for that. */
export const parameterError: z.core.$ZodErrorMap = ({ input }) => {
  if (input === undefined) return 'is missing';
  return Number.isNaN(input) ? 'must be a number' : undefined;
};
