import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const app = resolve(import.meta.dirname, '../../infra/app.ts');

/** Synthesizes the CDK app. @returns the directory of the cloud assembly, the caller's to remove */
export async function synthesize(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dst-gateway-assembly-'));
  await promisify(execFile)(process.execPath, [app], { env: { ...process.env, CDK_OUTDIR: directory } });
  return directory;
}
