import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff } from '../../shared/platform/backoff.ts';

const hour = 3_600_000;

describe('backoff', () => {
  const attempts = fc.integer({ min: 1, max: 1_000 });
  const pollSeconds = fc.integer({ min: 1, max: 3_600 });
  const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

  it('is two polls at first', () => {
    expect(backoff(1, 60, () => 1)).toBe(120_000);
    expect(backoff(1, 60, () => 0)).toBe(90_000);
  });

  it('is between three quarters and all of the doubled time, at most an hour', () => {
    fc.assert(
      fc.property(attempts, pollSeconds, random, (tries, seconds, chance) => {
        const full = Math.min(hour, 2_000 * seconds * 2 ** (tries - 1));
        const wait = backoff(tries, seconds, () => chance);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(0.75 * full));
        expect(wait).toBeLessThanOrEqual(full);
      }),
    );
  });

  it('never gets shorter with more attempts, by the same chance', () => {
    fc.assert(
      fc.property(attempts, pollSeconds, random, (tries, seconds, chance) => {
        const wait = (n: number) => backoff(n, seconds, () => chance);
        expect(wait(tries + 1)).toBeGreaterThanOrEqual(wait(tries));
      }),
    );
  });

  it('takes whole milliseconds', () => {
    fc.assert(
      fc.property(attempts, pollSeconds, random, (tries, seconds, chance) =>
        Number.isSafeInteger(backoff(tries, seconds, () => chance)),
      ),
    );
  });
});
