import * as z from 'zod';
import { answer, Refusal } from './answer.ts';
import { describeIssue } from './issue-text.ts';

/**
 * The answer to a body that breaks its schema: the first problem nearest the top, and the schema.
 *
 * @param text the body as sent
 */
export function validationError(schema: z.ZodType, issues: readonly z.core.$ZodIssue[], text: string): Refusal {
  const [first] = issues.map((issue) => describeIssue(issue, text)).toSorted((one, other) => one.depth - other.depth);
  return new Refusal(
    answer(400, {
      error: 'JSON validation error',
      errorMessage: first?.text ?? 'The body breaks the schema',
      expectedSchema: expectedSchema(schema),
    }),
  );
}

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
    },
  });
  known.set(schema, bare);
  return bare;
}
