import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, InvalidInputError } from '../../shared/platform/errors.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const templateSchema = z.object({
  Parameters: z.record(z.string(), z.object({ Default: z.json().optional() })).default({}),
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.json()).default({}),
      Condition: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.object({ Value: z.json() })).default({}),
});
export type Template = z.infer<typeof templateSchema>;

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z.object({ templateFile: z.string().optional(), file: z.string().optional() }).optional(),
    }),
  ),
});
const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

export interface Assembly {
  template: Template;
  /** Paths of assets on this machine, by the S3 key under which CDK would upload them. */
  assets: Map<string, string>;
}

/**
 * Reads the one stack of a cloud assembly.
 * @param directory what `cdk synth` wrote, usually `cdk.out`
 * @throws ConfigurationError if it does not contain exactly one stack
 */
export function readAssembly(directory: string): Assembly {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const artifacts = Object.values(manifestSchema.parse(read('manifest.json')).artifacts);
  const stacks = artifacts.filter((artifact) => artifact.type === 'aws:cloudformation:stack');
  const templateFile = stacks[0]?.properties?.templateFile;
  if (stacks.length !== 1 || !templateFile) throw new ConfigurationError(`${directory} must hold exactly one stack`);

  const assets = new Map<string, string>();
  for (const { type, properties } of artifacts) {
    if (type !== 'cdk:asset-manifest' || !properties?.file) continue;
    for (const { source, destinations } of Object.values(assetsSchema.parse(read(properties.file)).files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path) assets.set(objectKey, join(directory, source.path));
      }
    }
  }
  return { template: templateSchema.parse(read(templateFile)), assets };
}

/** Values that intrinsic functions may refer to. */
export interface Scope {
  /** The value of `Ref`: of pseudo parameters, parameters and resources. */
  ref(name: string): Json | undefined;
  /** The value of `Fn::GetAtt`. */
  attribute(id: string, name: string): Json | undefined;
}

const noValue = 'AWS::NoValue';

/**
 * Replaces CloudFormation's intrinsic functions in a value.
 * @throws InvalidInputError for a function that is not known here, a wrong argument, or a reference to nothing
 */
export function resolve(value: Json, scope: Scope): Json {
  if (Array.isArray(value)) return value.filter((item) => !isNoValue(item)).map((item) => resolve(item, scope));
  if (value === null || typeof value !== 'object') return value;
  const [key, argument, ...rest] = Object.entries(value).flat();
  if (typeof key === 'string' && argument !== undefined && rest.length === 0) {
    if (key === 'Ref') return reference(text(argument), scope);
    if (key.startsWith('Fn::')) return call(key, argument, scope);
  }
  const entries = Object.entries(value).filter(([, item]) => !isNoValue(item));
  return Object.fromEntries(entries.map(([name, item]) => [name, resolve(item, scope)]));
}

function call(name: string, argument: Json, scope: Scope): Json {
  switch (name) {
    case 'Fn::GetAtt': {
      const [id, ...path] = typeof argument === 'string' ? argument.split('.') : list(argument).map(text);
      return attribute(id ?? '', path.join('.'), scope);
    }
    case 'Fn::Sub':
      return substitute(argument, scope);
    case 'Fn::Join': {
      const [delimiter, items] = list(argument);
      return list(resolve(items ?? null, scope))
        .map(text)
        .join(text(delimiter));
    }
    case 'Fn::Select': {
      const [index, items] = list(argument);
      const chosen = list(resolve(items ?? null, scope))[Number(resolve(index ?? null, scope))];
      if (chosen === undefined) throw new InvalidInputError(`Fn::Select: there is no item ${text(index)}`);
      return chosen;
    }
    case 'Fn::Split': {
      const [delimiter, source] = list(argument);
      return text(resolve(source ?? null, scope)).split(text(delimiter));
    }
    default:
      throw new InvalidInputError(`${name} is not known to the local runner`);
  }
}

function substitute(argument: Json, scope: Scope): string {
  const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : list(argument);
  const own = new Map(Object.entries(variables !== null && typeof variables === 'object' ? variables : {}));
  return text(pattern).replaceAll(/\$\{(!?)([^}]*)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    const variable = own.get(name);
    if (variable !== undefined) return text(resolve(variable, scope));
    const [id = '', ...path] = name.split('.');
    return text(path.length > 0 ? attribute(id, path.join('.'), scope) : reference(name, scope));
  });
}

function reference(name: string, scope: Scope): Json {
  const value = scope.ref(name);
  if (value === undefined) throw new InvalidInputError(`Ref to ${name}, which is not in the template`);
  return value;
}

function attribute(id: string, name: string, scope: Scope): Json {
  const value = scope.attribute(id, name);
  if (value === undefined) throw new InvalidInputError(`${id} has no attribute ${name} in the local runner`);
  return value;
}

function isNoValue(value: Json): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && value.Ref === noValue;
}

function text(value: Json | undefined): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new InvalidInputError(`a string was expected, not ${JSON.stringify(value)}`);
}

function list(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  throw new InvalidInputError(`a list was expected, not ${JSON.stringify(value)}`);
}
