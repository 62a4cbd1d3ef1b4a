import type * as z from 'zod';

/** Text for a parameter that is missing or no number: zod's own text speaks of `undefined` and `NaN`. */
export const parameterError: z.core.$ZodErrorMap = ({ input }) => {
  if (input === undefined) return 'is missing';
  return Number.isNaN(input) ? 'must be a number' : undefined;
};
