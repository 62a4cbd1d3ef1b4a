import { join } from 'node:path';
import { replaceFile } from './data-directory.ts';
import { nameOf } from './resources.ts';

const output = 'FirstAdminSecret';

/** File in the data directory with the user name and the first password of the first admin. */
export const firstAdminFile = (directory: string): string => join(directory, 'admin.json');

/**
 * Writes the secret of the first admin to a file that its owner alone may read.
 *
 * @param values of secrets, by name
 * @param outputs of the stack, which names the secret if it has accounts
 */
export function writeFirstAdmin(
  directory: string,
  values: ReadonlyMap<string, string>,
  outputs: ReadonlyMap<string, string>,
): void {
  const arn = outputs.get(output);
  const value = arn === undefined ? undefined : values.get(nameOf(arn));
  if (value !== undefined) replaceFile(firstAdminFile(directory), `${value}\n`);
}
