import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Copies a cloud assembly into a data directory, in place of that of the run before: a gateway loads from it for as long as it
 * runs, whatever `npm ci` removes meanwhile.
 *
 * @returns the copy's directory
 */
export function copyAssembly(assembly: string, dataDirectory: string): string {
  const copy = join(dataDirectory, 'assembly');
  rmSync(copy, { recursive: true, force: true });
  cpSync(assembly, copy, { recursive: true });
  return copy;
}
