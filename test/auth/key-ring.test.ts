import { createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatKeyRing, type KeyRing, parseKeyRing, verifyingKeys, withNewKey } from '../../shared/auth/key-ring.ts';
import { lifetime } from '../../shared/auth/signed-token.ts';
import { makeSigningKey, signingKeys } from '../../shared/auth/signing-keys.ts';
import { ConfigurationError } from '../../shared/platform/errors.ts';

const start = Date.UTC(2026, 0, 5, 8);
const hour = 3_600_000;

/** A ring whose keys were made at these times. */
const ringOf = (times: readonly number[]) =>
  times.reduce<KeyRing | undefined>((ring, time) => withNewKey(ring, `canary ${time}`, time), undefined);

const idOf = (time: number) => new Date(time).toISOString();
const ascending = fc
  .uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 8 })
  .map((hours) => hours.toSorted((one, other) => one - other).map((each) => start + each * hour));

describe('the ring of signing keys', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(ascending, (times) => {
        const ring = ringOf(times);
        if (!ring) throw new Error('no ring');
        expect(parseKeyRing(formatKeyRing(ring))).toEqual(ring);
        expect(ring.current).toBe(idOf(times.at(-1) ?? 0));
      }),
    );
  });

  it('verifies each token for its lifetime, whenever keys are made', () => {
    fc.assert(
      fc.property(ascending, fc.nat(600), fc.nat(lifetime * 1_000), (times, issuedAfter, age) => {
        const issued = (times[0] ?? 0) + issuedAfter * hour;
        const signer = times.filter((time) => time <= issued).at(-1) ?? 0;
        const now = issued + age;
        const ring = ringOf(times.filter((time) => time <= now));
        expect(ring && verifyingKeys(ring, now)).toContain(idOf(signer));
      }),
    );
  });

  it('has no more keys than there can be tokens of', () => {
    const ring = ringOf([0, 10, 20, 100, 101].map((hours) => start + hours * hour));
    expect(Object.keys(ring?.keys ?? {})).toEqual([20, 100, 101].map((hours) => idOf(start + hours * hour)));
    expect(ring && verifyingKeys(ring, start + 200 * hour)).toEqual([idOf(start + 101 * hour)]);
  });

  it.each([
    '',
    'canary',
    '{}',
    '{"current":"1","1":"canary"}',
    '{"current":"2026-01-05T08:00:00.000Z"}',
    '{"current":"2026-01-05T08:00:00.000Z","2026-01-05T09:00:00.000Z":"canary"}',
    '{"current":"2026-01-05T08:00:00.000Z","2026-01-05T08:00:00.000Z":1,"x":"canary"}',
  ])('is refused in another form, without quoting it: %s', (text) => {
    expect(() => parseKeyRing(text)).toThrow(ConfigurationError);
    expect(() => parseKeyRing(text)).not.toThrow(/canary/);
  });
});

describe('the keys of a secret', () => {
  it('are RSA of 2048 bits, and parsed anew when the secret has another value', async () => {
    const [first, second] = [await makeSigningKey(), await makeSigningKey()];
    expect(createPrivateKey(first).asymmetricKeyDetails).toMatchObject({
      modulusLength: 2048,
      publicExponent: 65_537n,
    });
    let ring = withNewKey(undefined, first, start);
    let now = start;
    const keys = signingKeys(
      async () => formatKeyRing(ring),
      () => now,
    );
    const before = await keys();
    expect((await keys()).current).toBe(before.current);
    ring = withNewKey(ring, second, start + hour);
    now = start + hour;
    const after = await keys();
    expect(after.current.keyId).toBe(idOf(now));
    expect(after.verifying.map(({ keyId }) => keyId)).toEqual([before.current.keyId, after.current.keyId]);
    now += 100 * hour;
    expect((await keys()).verifying.map(({ keyId }) => keyId)).toEqual([after.current.keyId]);
  });
});
