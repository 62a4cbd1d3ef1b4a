import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Copies a cloud assembly into a data directory, replacing that of the previous run. A running gateway loads from the copy,
 * even if `npm ci` removes the original.
 *
 * @returns the copy's directory
 */
export function copyAssembly(assembly: string, dataDirectory: string): string {
  const copy = join(dataDirectory, 'assembly');
  rmSync(copy, { recursive: true, force: true });
  cpSync(assembly, copy, { recursive: true });
  return copy;
}
