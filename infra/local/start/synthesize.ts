import { spawn } from 'node:child_process';
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
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PermanentError } from '../../../shared/platform/errors.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'dst-gateway');

/** How long an assembly of other sources is kept, in milliseconds: others may be about to copy it. */
const keptFor = 86_400_000;

/**
 * Synthesizes the CDK app as `cdk synth` does, but without the CDK's command line, and only when its sources have changed.
 * @returns the cloud assembly's directory, which others may be using too
 */
export async function synthesize(signal: AbortSignal): Promise<string> {
  const assembly = join(cache, hashOfSources());
  if (existsSync(assembly)) return assembly;
  mkdirSync(cache, { recursive: true });
  removeOld();
  const fresh = mkdtempSync(join(cache, 'new-'));
  await runApp(fresh, signal);
  try {
    renameSync(fresh, assembly);
  } catch (error) {
    if (!existsSync(assembly)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return assembly;
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  const sources = globSync(['infra/**/*', 'functions/**/*', 'shared/**/*', 'package-lock.json'], { cwd: root }).sort();
  for (const path of sources) {
    if (statSync(join(root, path)).isFile()) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 32);
}

async function runApp(directory: string, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'infra', 'app.ts')], {
    env: { ...process.env, CDK_OUTDIR: directory },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('close', ended.resolve);
  const [code, errors] = await Promise.all([ended.promise, text(child.stderr)]);
  if (code !== 0) throw new PermanentError(`The CDK app could not be synthesized: ${errors.trim().slice(-2_000)}`);
}

function removeOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > keptFor) rmSync(path, { recursive: true, force: true });
  }
}
