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

/** How long a build of other sources is kept, in milliseconds: others may be about to copy it. */
const keptFor = 86_400_000;

export interface Sources {
  /** The folder in which they are. */
  root: string;
  /** Patterns of their names. */
  patterns: readonly string[];
  /** All else that decides about the build. */
  settings?: string;
}

/**
 * Builds a folder, unless the same sources have been built before. Several processes may do so at once.
 *
 * @param cache folder of what was built before
 * @param build writes into an empty folder
 * @returns the folder, which others may be using too
 */
export async function buildOnce(
  cache: string,
  sources: Sources,
  build: (folder: string) => Promise<void>,
): Promise<string> {
  const built = join(cache, hashOf(sources));
  if (existsSync(built)) return built;
  mkdirSync(cache, { recursive: true });
  removeOld(cache);
  const fresh = mkdtempSync(join(cache, 'new-'));
  await build(fresh);
  try {
    renameSync(fresh, built);
  } catch (error) {
    // Another process has built the same meanwhile.
    if (!existsSync(built)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return built;
}

function hashOf({ root, patterns, settings = '' }: Sources): string {
  const hash = createHash('sha256').update(settings);
  for (const path of globSync(patterns, { cwd: root }).sort()) {
    if (statSync(join(root, path)).isFile()) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 32);
}

function removeOld(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > keptFor) rmSync(path, { recursive: true, force: true });
  }
}
