import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { parseKeepingNumbers } from '../platform/python-repr.ts';
import { answer, Refusal } from './answer.ts';
import { describeIssue } from './issue-text.ts';

/**
 * The answer to a body that breaks its schema: the first problem nearest the top, and the schema.
 *
 * @param text the body as sent
 */
export function validationError(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], text: string): Refusal {
  // Once: a body may have a problem in each of its values.
  const body = parseKeepingNumbers(text);
  const [first] = issues.map((issue) => describeIssue(issue, body)).toSorted((one, other) => one.depth - other.depth);
  return ruleBroken(schema, first?.text ?? 'The body breaks the schema');
}

/**
 * The answer to a body that breaks a rule which its schema does not express.
 *
 * @param rule for people; never quotes a secret
 */
export const ruleBroken = (schema: z.ZodType, rule: string): Refusal =>
  new Refusal(
    answer(400, { error: 'JSON validation error', errorMessage: rule, expectedSchema: expectedSchema(schema) }),
  );

const known = new WeakMap<z.ZodType, object>();

/** The JSON Schema of a body, without what only people need. */
function expectedSchema(schema: z.ZodType): object {
  const cached = known.get(schema);
  if (cached) return cached;
  const { $schema: _, ...bare } = z.toJSONSchema(schema, {
    io: 'input',
    override({ jsonSchema }) {
      delete jsonSchema.examples;
      delete jsonSchema.description;
      delete jsonSchema.additionalProperties;
      if (isDeepStrictEqual(jsonSchema.items, {})) delete jsonSchema.items;
    },
  });
  known.set(schema, bare);
  return bare;
}
