import { InvalidInputError } from '../../shared/platform/errors.ts';
import { idSchema } from '../../shared/portal/id.ts';

/** The value of `--project`. @throws InvalidInputError when it can't be a project number */
export function readProjectNo(text: string): string {
  const { data, error } = idSchema.safeParse(text);
  if (data === undefined) throw new InvalidInputError(`--project: ${error?.issues[0]?.message}`);
  return data;
}
