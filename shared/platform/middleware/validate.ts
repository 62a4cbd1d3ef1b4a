import type { MiddlewareObj } from '@middy/core';
import type * as z from 'zod';
import { InvalidInputError } from '../errors.ts';

/** Replaces the event by the result of a schema. @throws InvalidInputError like `parseInput` */
export const validate = <Input>(schema: z.ZodType<Input>): MiddlewareObj<Input> => ({
  before(request) {
    request.event = parseInput('event', schema, request.event);
  },
});

/**
 * Parses input from outside.
 *
 * @param name of the input, for the error
 * @throws InvalidInputError naming the first field that breaks a rule, and the rule; never the value
 */
export function parseInput<Input>(name: string, schema: z.ZodType<Input>, input: unknown): Input {
  const { data, error } = schema.safeParse(input);
  if (!error) return data;
  const { path = [], message } = error.issues[0] ?? {};
  throw new InvalidInputError(`${[name, ...path].join('.')}: ${message}`);
}
