import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { prune } from '../../../infra/bundle/prune.ts';
import type * as Passkeys from '../../../shared/accounts/factors/passkey.ts';
import { Authenticator } from '../../accounts/authenticator.ts';

const root = join(import.meta.dirname, '../../..');
mkdirSync(join(root, 'cdk.out'), { recursive: true });
const folder = mkdtempSync(join(root, 'cdk.out', 'prune-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const outfile = join(folder, 'passkey.mjs');
await build({
  entryPoints: [join(root, 'shared/accounts/factors/passkey.ts')],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  plugins: [prune],
  logLevel: 'error',
});
const passkeys: typeof Passkeys = await import(outfile);

const service = { name: 'DST Gateway', domain: 'centre.example', origins: ['https://api.centre.example'] };
const challenge = Buffer.from('canary').toString('base64url');

describe('what is left of the library of passkeys in a bundle', () => {
  it.each(['none', 'packed'] as const)('adds and uses one with attestation %s', async (attestation) => {
    const authenticator = new Authenticator();
    const options = await passkeys.creationOptions(service, { userName: 'bob', passkeys: [], challenge });
    const made = await passkeys.verifyCreation(
      service,
      authenticator.create(options.challenge, attestation),
      challenge,
    );
    if (!made) throw new Error('not verified');
    const passkey = { ...made, name: 'Key', createdAt: 0 };
    const { challenge: next } = await passkeys.requestOptions(service, { passkeys: [passkey], challenge });
    const use = { challenge, passkey };
    expect(await passkeys.verifyUse(service, authenticator.get(next), use)).toBe(1);
    expect(await passkeys.verifyUse(service, new Authenticator().get(next), use)).toBeUndefined();
  });

  it('refuses one that another page made, or with an attestation that was not asked for', async () => {
    const other = new Authenticator({ origin: 'https://evil.example' });
    expect(await passkeys.verifyCreation(service, other.create(challenge), challenge)).toBeUndefined();
    for (const attestation of ['fido-u2f', 'tpm', 'apple', 'unknown']) {
      const answer = new Authenticator().create(challenge, attestation);
      expect(await passkeys.verifyCreation(service, answer, challenge)).toBeUndefined();
    }
  });
});
