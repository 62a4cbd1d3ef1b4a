import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareDataDirectory } from '../data-directory.ts';
import { removeEndpoints } from '../endpoints.ts';
import { lock } from '../lock.ts';

/**
 * The directory of a run: the one that is given, or a temporary one.
 *
 * @param started takes what removes the latter
 * @throws ConfigurationError when it is in use or can't be trusted
 */
export function openDirectory(given: string | undefined, started: AsyncDisposableStack): string {
  if (given !== undefined) {
    const directory = prepareDataDirectory(given);
    forgetLastRun(directory);
    return directory;
  }
  const directory = mkdtempSync(join(tmpdir(), 'dst-gateway-'));
  started.defer(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Removes the endpoints of a killed run, so that they are not taken for this run's. @throws ConfigurationError if the directory
 * is in use
 */
function forgetLastRun(directory: string): void {
  using _ours = lock(directory);
  removeEndpoints(directory);
}
