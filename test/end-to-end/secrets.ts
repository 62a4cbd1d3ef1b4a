import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Endpoints } from '../../infra/local/endpoints.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { region } from '../../infra/local/resources.ts';
import { parseKeyRing } from '../../shared/auth/key-ring.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { apiKey } from './setup.ts';

/** The one file that may hold the secret that passwords are made from and private keys, for its owner alone. */
export const secretsFile = 'secrets.json';

/**
 * Assesses that no secret is in a text: not the API key, no one-time password that the portal received, and outside of
 * the file for them neither what passwords are made from, nor private keys, nor what CloudFront adds to requests.
 *
 * @param texts by what they are
 */
export async function expectNoSecrets(
  portal: PortalSimulator,
  directory: string,
  texts: Iterable<[name: string, text: string]>,
): Promise<void> {
  const sent = [...(await portal.snapshot()).credentials.values()].flat();
  const passwords = sent.map(({ oneTimePassword }) => oneTimePassword);
  expect(passwords.length).toBeGreaterThan(2);
  const made = passwordSecret(directory);
  const kept = [made, ...privateKeys(directory), originSecret(directory)];
  const secrets = [apiKey, ...kept, ...passwords];
  const forms = [...new Set(secrets)].flatMap((secret) => [secret, Buffer.from(secret).toString('base64')]);
  for (const [name, text] of texts) {
    const found = forms.filter((form) => text.includes(form));
    expect(found, name).toEqual(name.endsWith(secretsFile) ? kept : []);
  }
}

const keptSecrets = (directory: string): Record<string, string> =>
  z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(join(directory, secretsFile), 'utf8')));

/** A piece of each private key of signed tokens that no other key has. */
export function privateKeys(directory: string): string[] {
  const keys = Object.values(keptSecrets(directory)).filter((value) => value.includes('PRIVATE KEY'));
  const pieces = keys.flatMap((ring) => Object.values(parseKeyRing(ring).keys).map((pem) => pem.split('\n')[9] ?? ''));
  expect(pieces).toContainEqual(expect.stringMatching(/^[\w+/]{64}$/));
  return pieces;
}

/** Secret that CloudFront adds to requests to the HTTP API. */
export function originSecret(directory: string): string {
  const [, value] = Object.entries(keptSecrets(directory)).find(([id]) => id.startsWith('ApiOriginVerify')) ?? [];
  return z.string().length(64).parse(value);
}

function passwordSecret(directory: string): string {
  const values = keptSecrets(directory);
  return z.object({ 1: z.string().min(64) }).parse(JSON.parse(Object.values(values)[0] ?? ''))[1];
}

/** Content of all files under a directory except delivered ones; a byte is a character. */
export function filesUnder(directory: string): [path: string, text: string][] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.includes('/blobs/'));
  return paths.map((path) => [path, readFileSync(path, 'latin1')]);
}

/** Content of all tables: in the database's own file a text may span two pages. */
export async function allTables({ credentials, dynamodb }: Endpoints): Promise<[table: string, text: string][]> {
  const client = new DynamoDBClient({ endpoint: dynamodb.endpoint, region, credentials });
  const db = DynamoDBDocumentClient.from(client);
  const tables = Object.entries(dynamodb.tables).map(
    async ([name, table]): Promise<[string, string]> => [name, JSON.stringify(await Array.fromAsync(scan(db, table)))],
  );
  const texts = await Promise.all(tables);
  client.destroy();
  return texts;
}
