import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');
const page = join(root, 'infra', 'console');
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
const run = promisify(execFile);
const ownCache = join(root, 'node_modules', '.cache', 'dst-gateway-console');

/** How long a page of other sources is kept, in milliseconds. */
const keptFor = 86_400_000;

/** Sources of the console's page, its libraries by the lock file. */
const sources = [
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
 * @param cache folder of what was built before
 * @returns the folder of the page's files
 */
export async function buildConsole(cache = ownCache): Promise<string> {
  const built = join(cache, hashOfSources());
  if (existsSync(built)) return built;
  mkdirSync(cache, { recursive: true });
  removeOld(cache);
  const fresh = mkdtempSync(join(cache, 'new-'));
  // In a process of its own: tests run with another NODE_ENV, and the page would be built for them.
  await run(process.execPath, [vite, 'build', page, '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'], {
    env: { ...process.env, NODE_ENV: 'production' },
  });
  try {
    renameSync(fresh, built);
  } catch (error) {
    // Another process has built the same meanwhile.
    if (!existsSync(built)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return built;
}

/** What is younger may be in use, or be being built by another process. */
function removeOld(cache: string): void {
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name);
    if (Date.now() - statSync(folder).mtimeMs > keptFor) rmSync(folder, { recursive: true, force: true });
  }
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const path of globSync(sources, { cwd: root }).sort()) {
    if (statSync(join(root, path)).isFile()) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 32);
}
