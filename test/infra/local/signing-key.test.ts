import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { loadSecrets } from '../../../infra/local/services/secrets.ts';
import { makeFirstSigningKey } from '../../../infra/local/signing-key.ts';
import { parseKeyRing } from '../../../shared/auth/key-ring.ts';

const outputs = new Map([['SigningKeysSecret', 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:Keys-aaaaaa']]);
const secrets = [{ id: 'Keys', properties: {} }];

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'signing-key-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

it('makes the first signing key of a gateway on this machine once', async () => {
  const directory = newDirectory();
  const loaded = loadSecrets(directory, secrets, new Map());
  await makeFirstSigningKey(loaded, outputs);
  const text = loaded.values.get('Keys') ?? '';
  expect(Object.values(parseKeyRing(text).keys)).toEqual([expect.stringContaining('PRIVATE KEY')]);
  const again = loadSecrets(directory, secrets, new Map());
  await makeFirstSigningKey(again, outputs);
  expect(again.values.get('Keys')).toBe(text);
});

it('makes none for a stack without signed tokens', async () => {
  const loaded = loadSecrets(newDirectory(), [], new Map());
  await makeFirstSigningKey(loaded, new Map());
  expect(loaded.values.size).toBe(0);
});
