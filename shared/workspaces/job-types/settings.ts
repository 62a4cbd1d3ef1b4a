import type * as z from 'zod';
import { PermanentError } from '../../platform/errors.ts';

/** @throws PermanentError naming the field and the rule */
export function parseJobSettings<Settings>(schema: z.ZodType<Settings>, given: unknown): Settings {
  const result = schema.safeParse(given ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PermanentError(`Job Type improperly configured: ${issue?.path.join('.')}: ${issue?.message}`);
}
