import fc from 'fast-check';
import { generate } from 'otplib';
import { describe, expect, it } from 'vitest';
import { newRecoveryCodes, withoutCode } from '../../shared/accounts/factors/recovery-codes.ts';
import { seal, unseal } from '../../shared/accounts/factors/seal.ts';
import { newTotp, stepOf, useStep } from '../../shared/accounts/factors/totp.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { passwordKeys } from '../../shared/platform/password-keys.ts';

const [first, second] = ['1'.repeat(32), '2'.repeat(32)];
const keysOf = (secret: object) => passwordKeys(async () => JSON.stringify(secret));
const keys = keysOf({ current: '1', '1': first });
const names = { account: 'bob', label: 'Bob', issuer: 'DST Gateway' };

describe('a code', () => {
  it('is taken in its own time step and the one before and after, if no later step was used', async () => {
    const { secret, sealed } = await newTotp(keys, names);
    const steps = fc.integer({ min: 10, max: 2 ** 32 });
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: -3, max: 3 }),
        fc.integer({ min: -3, max: 3 }),
        fc.nat(29_999),
        async (present, ahead, used, into) => {
          const now = present * 30_000 + into;
          const step = present + ahead;
          const code = await generate({ secret, epoch: step * 30 });
          const found = await stepOf(keys, 'bob', sealed, { code, usedStep: present + used, now });
          expect(found).toBe(Math.abs(ahead) <= 1 && ahead > used ? step : undefined);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is six digits, with or without a space', async () => {
    const { secret, sealed } = await newTotp(keys, names);
    const code = await generate({ secret, epoch: 300 });
    const take = (typed: string) => stepOf(keys, 'bob', sealed, { code: typed, usedStep: 0, now: 300_000 });
    expect(await take(`${code.slice(0, 3)} ${code.slice(3)}`)).toBe(10);
    for (const typed of ['', code.slice(1), `${code}0`, `+${code.slice(1)}`, 'abcdef', '１２３４５６', '\ud800']) {
      expect(await take(typed)).toBeUndefined();
    }
  });

  it('after a change of the key is taken, and its secret encrypted with the new key', async () => {
    const { secret, sealed } = await newTotp(keys, names);
    const rotated = keysOf({ current: '2', '1': first, '2': second });
    const totp = await useStep(rotated, 'bob', { ...sealed, createdAt: 1, usedStep: 3 }, 7);
    expect(totp).toMatchObject({ keyId: '2', createdAt: 1, usedStep: 7 });
    const onlyNew = keysOf({ current: '2', '2': second });
    const code = await generate({ secret, epoch: 300 });
    expect(await stepOf(onlyNew, 'bob', totp, { code, usedStep: 7, now: 300_000 })).toBe(10);
    await expect(stepOf(onlyNew, 'bob', sealed, { code, usedStep: 0, now: 300_000 })).rejects.toThrow(
      ConfigurationError,
    );
  });
});

describe('a sealed secret', () => {
  const secret = Buffer.from('canary secret');

  it('is opened for its account alone, with its key alone, and unchanged alone', async () => {
    const sealed = await seal(keys, 'bob', secret);
    expect(await unseal(keys, 'bob', sealed)).toEqual(secret);
    await expect(unseal(keys, 'eve', sealed)).rejects.toThrow();
    await expect(unseal(keysOf({ current: '1', '1': second }), 'bob', sealed)).rejects.toThrow();
    const bytes = Buffer.from(sealed.sealed, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      await expect(unseal(keys, 'bob', { ...sealed, sealed: changed.toString('base64url') })).rejects.toThrow();
    }
    for (const length of [0, 5, bytes.length - 1]) {
      const cut = bytes.subarray(0, length).toString('base64url');
      await expect(unseal(keys, 'bob', { ...sealed, sealed: cut })).rejects.toThrow();
    }
  });

  it('is another text each time', async () => {
    const [one, other] = [await seal(keys, 'bob', secret), await seal(keys, 'bob', secret)];
    expect(one.sealed).not.toBe(other.sealed);
  });
});

it('a recovery code is removed from those that are left, and no other text is one', () => {
  const { codes, hashes } = newRecoveryCodes();
  const [code = ''] = codes;
  expect(withoutCode(hashes, ` ${code.toLowerCase()} `)).toEqual(hashes.slice(1));
  for (const text of ['', code.slice(1), hashes[0] ?? '']) expect(withoutCode(hashes, text)).toBeUndefined();
});
