import { scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';
import {
  hashOneTimePassword,
  newPassword,
  oneTimePassword,
  type PasswordPurpose,
  passwordAlphabet,
} from '../../shared/users/derive-password.ts';

const key = 'k'.repeat(40);
const purpose: PasswordPurpose = { centre: 'c', messageType: 'ResetPassword', messageId: 'm', accessIdentifier: 'a' };
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', 'æ'), maxLength: 4 });
const anyPurpose = fc.record({ centre: text, messageType: text, messageId: text, accessIdentifier: text });

describe('one-time passwords', () => {
  it('are the same each time', () => {
    fc.assert(fc.property(anyPurpose, (any) => oneTimePassword(key, any) === oneTimePassword(key, { ...any })));
  });

  it('have 20 characters of an alphabet in which nothing looks like something else', () => {
    expect(passwordAlphabet).toHaveLength(32);
    expect(passwordAlphabet).not.toMatch(/[IO01]/);
    fc.assert(
      fc.property(anyPurpose, (any) => {
        const password = oneTimePassword(key, any);
        expect(password).toHaveLength(20);
        for (const character of password) expect(passwordAlphabet).toContain(character);
      }),
    );
  });

  it('differ whenever any part of the purpose differs, wherever one part ends and the next begins', () => {
    fc.assert(
      fc.property(anyPurpose, anyPurpose, (one, other) => {
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(oneTimePassword(key, one) === oneTimePassword(key, other)).toBe(same);
      }),
    );
    const shifted = { ...purpose, messageId: 'ma', accessIdentifier: '' };
    expect(oneTimePassword(key, shifted)).not.toBe(oneTimePassword(key, purpose));
  });

  it.each(['centre', 'messageType', 'messageId', 'accessIdentifier'] as const)('differ by %s', (part) => {
    expect(oneTimePassword(key, { ...purpose, [part]: 'other' })).not.toBe(oneTimePassword(key, purpose));
  });

  it('differ by key', () => {
    expect(oneTimePassword('l'.repeat(40), purpose)).not.toBe(oneTimePassword(key, purpose));
  });

  it('use every character of the alphabet', () => {
    const all = Array.from({ length: 200 }, (_, index) => oneTimePassword(key, { ...purpose, messageId: `${index}` }));
    expect(new Set(all.join(''))).toEqual(new Set(passwordAlphabet));
  });
});

describe('password hashes', () => {
  it('verify with the parameters that they name, and have a salt of their own', async () => {
    const password = oneTimePassword(key, purpose);
    const [one, other] = [await hashOneTimePassword(password), await hashOneTimePassword(password)];
    expect(one).not.toBe(other);
    const [name, N, r, p, salt = '', hash = ''] = one.split('$');
    const again = scryptSync(password, Buffer.from(salt, 'base64url'), 32, {
      N: Number(N),
      r: Number(r),
      p: Number(p),
    });
    expect(name).toBe('scrypt');
    expect(again.toString('base64url')).toBe(hash);
    expect(one).not.toContain(password);
  });
});

describe('password keys', () => {
  const secret = { current: '2', '1': 'a'.repeat(32), '2': 'b'.repeat(32) };
  const keys = passwordKeys(async () => JSON.stringify(secret));

  it('new messages use the current one, old ones theirs', async () => {
    expect(await keys.current()).toEqual({ keyId: '2', key: secret['2'] });
    expect(await keys.byId('1')).toBe(secret['1']);
    expect((await newPassword(keys, purpose)).passwordKeyId).toBe('2');
  });

  it.each([
    ['no JSON', 'canary-canary-canary-canary-canary-canary'],
    ['no object', '"canary-canary-canary-canary-canary-canary"'],
    ['half of the JSON', '{"current":"1","1":"canary-canary-canary-canary-canary'],
    ['too short a key', '{"current":"1","1":"canary"}'],
    ['no current key', '{"1":"canary-canary-canary-canary-canary-canary"}'],
    ['a current key that is missing', '{"current":"2","1":"canary-canary-canary-canary-canary-canary"}'],
    ['a current key that names itself', '{"current":"current","1":"canary-canary-canary-canary-canary-canary"}'],
  ])('with %s: an error that quotes nothing of the secret', async (_, value) => {
    const error = await passwordKeys(async () => value)
      .current()
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(`${error.message} ${error.stack} ${error.cause}`).not.toContain('canary');
  });

  it('says which key is missing', async () => {
    await expect(keys.byId('3')).rejects.toThrow('no key "3"');
  });
});
