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
import { ConfigurationError, PermanentError } from '../../../shared/platform/errors.ts';
import type { Context } from './context.ts';

/** The checkout. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'dst-gateway');

/** How long an assembly of other sources is kept, in milliseconds: others may be about to copy it. */
const keptFor = 86_400_000;

/**
 * Synthesizes the CDK app as `cdk synth` does, but without the CDK's command line, and only when its sources or settings have
 * changed.
 *
 * @param given settings by name; those that are left out have their defaults
 * @returns the cloud assembly's directory, which others may be using too
 * @throws ConfigurationError naming a setting that is unknown or wrong
 */
export async function synthesize(signal: AbortSignal, given: Context = {}): Promise<string> {
  const context = onThisMachine(given);
  const assembly = join(cache, hashOfSources(context));
  if (existsSync(assembly)) return assembly;
  mkdirSync(cache, { recursive: true });
  removeOld();
  const fresh = mkdtempSync(join(cache, 'new-'));
  await runApp(fresh, context, signal);
  try {
    renameSync(fresh, assembly);
  } catch (error) {
    if (!existsSync(assembly)) throw error;
    rmSync(fresh, { recursive: true });
  }
  return assembly;
}

/** Interactive jobs have hosts below `localhost`, which browsers resolve to this machine, whatever the domain at AWS. */
function onThisMachine({ jobsDomain: _, jobsCertificateArn: __, ...context }: Context): Context {
  return { ...context, jobsDomain: 'localhost' };
}

function hashOfSources(context: Context): string {
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(context).sort()));
  const sources = globSync(['infra/**/*', 'functions/**/*', 'shared/**/*', 'package-lock.json'], { cwd: root }).sort();
  for (const path of sources) {
    if (statSync(join(root, path)).isFile()) hash.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 32);
}

async function runApp(directory: string, context: Context, signal: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'infra', 'app.ts')], {
    env: { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('close', ended.resolve);
  const [code, errors] = await Promise.all([ended.promise, text(child.stderr)]);
  if (code === 0) return;
  const [, rule] = /^ConfigurationError: (.*)$/m.exec(errors) ?? [];
  if (rule !== undefined) throw new ConfigurationError(rule);
  throw new PermanentError(`The CDK app could not be synthesized: ${errors.trim().slice(-2_000)}`);
}

function removeOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (Date.now() - statSync(path).mtimeMs > keptFor) rmSync(path, { recursive: true, force: true });
  }
}
