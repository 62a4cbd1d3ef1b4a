import { spawn } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { account, region } from '../../infra/local/resources.ts';
import { PermanentError } from '../../shared/platform/errors.ts';

const root = join(import.meta.dirname, '..', '..');
const templateSchema = z.looseObject({ Resources: z.record(z.string(), z.looseObject({ Type: z.string() })) });
const outputsSchema = z.record(z.string(), z.record(z.string(), z.string()));

/**
 * Synthesizes the app, bootstraps the account and deploys, all as an operator would, but to an emulator.
 *
 * @param directory for the cloud assembly
 * @returns the stack's outputs
 */
export async function deploy(endpoint: string, portalUrl: string, directory: string): Promise<Map<string, string>> {
  const [assembly, outputs] = [join(directory, 'assembly'), join(directory, 'outputs.json')];
  const settings = ['-c', `portalUrl=${portalUrl}`, '-c', 'stage=emulator'];
  await run('cdk', ['synth', '--quiet', '--no-notices', ...settings, '--output', assembly], {});
  for (const file of globSync(join(assembly, '*.template.json'))) leaveConsoleOut(file);
  const emulator = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    // All other variables of AWS cdklocal takes away.
    AWS_ENVAR_ALLOWLIST: 'AWS_REGION',
  };
  await run('cdklocal', ['bootstrap', `aws://${account}/${region}`, '--no-notices', '--app', assembly], emulator);
  const unasked = ['--require-approval', 'never', '--no-notices', '--progress', 'events'];
  await run('cdklocal', ['deploy', '--app', assembly, ...unasked, '--outputs-file', outputs], emulator);
  const [stack = {}] = Object.values(outputsSchema.parse(JSON.parse(readFileSync(outputs, 'utf8'))));
  return new Map(Object.entries(stack));
}

/** The function that puts the console's files into their bucket needs the AWS CLI in its layer, which the emulator does not mount. */
function leaveConsoleOut(file: string): void {
  const template = templateSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    if (Type === 'Custom::CDKBucketDeployment') delete template.Resources[id];
  }
  writeFileSync(file, JSON.stringify(template));
}

async function run(command: string, parameters: string[], environment: Record<string, string>): Promise<void> {
  const child = spawn(join(root, 'node_modules', '.bin', command), parameters, {
    cwd: root,
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true', CI: 'true', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = Promise.withResolvers<number | null>();
  child.on('error', ended.reject).on('close', ended.resolve);
  const [code, out, errors] = await Promise.all([ended.promise, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new PermanentError(`${command} ${parameters[0]} failed: ${`${out}${errors}`.slice(-4_000)}`);
}
