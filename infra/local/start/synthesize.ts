import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { PermanentError } from '../../../shared/platform/errors.ts';

const prefix = 'cdk.out-';

/**
 * Synthesizes the CDK app as `cdk synth` does, but without the CDK's command line.
 * @param directory gets a folder for it, a new one each time: another start may be using its own
 * @returns the cloud assembly's directory
 */
export async function synthesize(directory: string, signal: AbortSignal): Promise<string> {
  const assembly = mkdtempSync(join(directory, prefix));
  const app = fileURLToPath(new URL('../../app.ts', import.meta.url));
  const child = spawn(process.execPath, [app], {
    env: { ...process.env, CDK_OUTDIR: assembly },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  });
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('close', ended.resolve);
  const [code, errors] = await Promise.all([ended.promise, text(child.stderr)]);
  if (code !== 0) throw new PermanentError(`The CDK app could not be synthesized: ${errors.trim().slice(-2_000)}`);
  return assembly;
}

/** Removes what starts before left behind that were killed. Only for who holds the directory's lock. */
export function removeOthers(directory: string, assembly: string): void {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (name.startsWith(prefix) && path !== assembly) rmSync(path, { recursive: true, force: true });
  }
}
