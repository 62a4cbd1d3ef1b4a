import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, PermanentError } from '../../../shared/platform/errors.ts';
import { buildOnce } from '../../bundle/build-once.ts';
import type { Context } from './context.ts';

/** The checkout. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'dst-gateway');
const patterns = ['infra/**/*', 'functions/**/*', 'shared/**/*', 'package-lock.json'];

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
  const settings = JSON.stringify(Object.entries(context).sort());
  return buildOnce(cache, { root, patterns, settings }, (folder) => runApp(folder, context, signal));
}

/** Interactive jobs have hosts below `localhost`, which browsers resolve to this machine, whatever the domain at AWS. */
function onThisMachine({ jobsDomain: _, jobsCertificateArn: __, ...context }: Context): Context {
  return { ...context, jobsDomain: 'localhost' };
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
