import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../data-directory.ts';
import { nameOf, type ServedResource } from '../resources.ts';
import { type Actions, ServiceError } from './json-server.ts';

const secretSchema = z.object({
  SecretString: z.string().optional(),
  GenerateSecretString: z
    .strictObject({
      SecretStringTemplate: z.string().default('{}'),
      GenerateStringKey: z.string().optional(),
      PasswordLength: z.int().default(32),
      ExcludePunctuation: z.boolean().default(false),
      ExcludeCharacters: z.string().default(''),
    })
    .optional(),
});
type Generator = NonNullable<z.infer<typeof secretSchema>['GenerateSecretString']>;

export interface Secrets {
  /** By the names of secrets. */
  values: Map<string, string>;
  /** Keeps a value over restarts. A value that the start gives takes precedence. */
  keep(name: string, value: string): void;
}

/**
 * The values of the template's secrets. Generated and put values are kept in the data directory, readable by its owner only.
 *
 * @param given values by the names of secrets, which take precedence over kept ones and the template
 */
export function loadSecrets(directory: string, secrets: ServedResource[], given: Map<string, string>): Secrets {
  const file = join(directory, 'secrets.json');
  const read: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const kept = new Map(Object.entries(z.record(z.string(), z.string()).parse(read)));
  const write = () => replaceFile(file, JSON.stringify(Object.fromEntries(kept)));
  const values = new Map<string, string>();
  for (const { id, properties } of secrets) {
    const { SecretString, GenerateSecretString } = secretSchema.parse(properties);
    if (GenerateSecretString && !kept.has(id)) kept.set(id, generate(GenerateSecretString));
    const value = kept.get(id) ?? SecretString;
    if (value !== undefined) values.set(id, value);
  }
  write();
  return {
    values: new Map([...values, ...given]),
    keep(name, value) {
      kept.set(name, value);
      write();
    },
  };
}

const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

function generate(generator: Generator): string {
  const { SecretStringTemplate, GenerateStringKey, PasswordLength, ExcludePunctuation, ExcludeCharacters } = generator;
  const alphabet = [...alphanumeric, ...(ExcludePunctuation ? '' : punctuation)].filter(
    (character) => !ExcludeCharacters.includes(character),
  );
  const password = Array.from({ length: PasswordLength }, () => alphabet[randomInt(alphabet.length)]).join('');
  if (GenerateStringKey === undefined) return password;
  const template = z.record(z.string(), z.json()).parse(JSON.parse(SecretStringTemplate));
  return JSON.stringify({ ...template, [GenerateStringKey]: password });
}

const requestSchema = z.strictObject({ SecretId: z.string(), VersionStage: z.literal('AWSCURRENT').optional() });

const putSchema = z.strictObject({ SecretId: z.string(), SecretString: z.string(), ClientRequestToken: z.string() });

/**
 * Secrets Manager's GetSecretValue and PutSecretValue alone. A put value counts until the secret's source has another one.
 *
 * @param sources read values anew each time, by the names of secrets
 */
export function secretActions(
  { values, keep = () => {} }: Pick<Secrets, 'values'> & Partial<Secrets>,
  sources = new Map<string, () => string>(),
): Actions {
  const lastRead = new Map([...sources.keys()].map((name) => [name, values.get(name)]));
  const refresh = (name: string) => {
    const value = sources.get(name)?.();
    if (value === undefined || value === lastRead.get(name)) return;
    lastRead.set(name, value);
    values.set(name, value);
  };
  const versions = new Map<string, { value: string; VersionId: string }>();
  const versionOf = (name: string, value: string) => {
    const known = versions.get(name);
    const version = known?.value === value ? known : { value, VersionId: randomUUID() };
    versions.set(name, version);
    return version.VersionId;
  };
  return {
    'secretsmanager.PutSecretValue': (input) => {
      const { SecretId, SecretString, ClientRequestToken: VersionId } = putSchema.parse(input);
      const name = nameOf(SecretId);
      keep(name, SecretString);
      values.set(name, SecretString);
      versions.set(name, { value: SecretString, VersionId });
      return { ARN: SecretId, Name: name, VersionId, VersionStages: ['AWSCURRENT'] };
    },
    'secretsmanager.GetSecretValue': (input) => {
      const { SecretId } = requestSchema.parse(input);
      const name = nameOf(SecretId);
      refresh(name);
      const SecretString = values.get(name);
      if (SecretString === undefined) {
        throw new ServiceError('ResourceNotFoundException', `${SecretId} is unknown or has no value`);
      }
      const VersionId = versionOf(name, SecretString);
      return { ARN: SecretId, Name: name, SecretString, VersionId, VersionStages: ['AWSCURRENT'] };
    },
  };
}
