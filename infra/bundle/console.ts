import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildOnce } from './build-once.ts';

const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'infra', 'console');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
const run = promisify(execFile);
const cache = join(root, 'node_modules', '.cache', 'dst-gateway-console');

/** Sources of the console's page, its libraries by the lock file. */
const patterns = [
  'infra/console/**/*',
  'infra/bundle/console.ts',
  // Its articles are shown where they help.
  'infra/monitoring/RUNBOOK.md',
  'shared/live/client/*.ts',
  'shared/platform/errors.ts',
  'package-lock.json',
];

/**
 * Builds the console's page with Vite, unless these sources have been built before.
 *
 * @returns the folder of the page's files
 */
export const buildConsole = (): Promise<string> =>
  buildOnce(cache, { root, patterns }, async (folder) => {
    // In a process of its own: tests run with another NODE_ENV, and the page would be built for them.
    await run(process.execPath, [vite, 'build', page, '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'], {
      env: { ...process.env, NODE_ENV: 'production' },
    });
  });
