import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, InvalidInputError } from '../../../shared/platform/errors.ts';

/** Settings by name, as the CDK has them. */
export type Context = Record<string, unknown>;

const contextSchema = z.record(z.string(), z.unknown());
const configurationSchema = z.object({ context: contextSchema.default({}) });

/**
 * The CDK's context, from where `cdk deploy` has it: the command line goes before `cdk.json`, `cdk.context.json` and
 * `~/.cdk.json`. What is in it is checked when the app is synthesized.
 *
 * @param given `name=value`, as after `-c`
 * @param directory the checkout
 * @throws InvalidInputError or ConfigurationError naming what can't be read
 */
export function readContext(given: readonly string[], directory: string, home = homedir()): Context {
  return {
    ...read(join(home, '.cdk.json'), configurationSchema)?.context,
    ...read(join(directory, 'cdk.context.json'), contextSchema),
    ...read(join(directory, 'cdk.json'), configurationSchema)?.context,
    ...Object.fromEntries(given.map(parse)),
  };
}

function parse(text: string): [string, string] {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidInputError(`-c ${text}: a setting is given as -c name=value`);
  }
  return [name, value];
}

function read<Value>(file: string, schema: z.ZodType<Value>): Value | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new ConfigurationError(`${file} can't be read as the CDK's configuration`, { cause });
  }
}
