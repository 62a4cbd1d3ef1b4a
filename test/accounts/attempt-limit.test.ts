import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attempts, countAttempt, quietTime, userNameLimit, waitOf } from '../../shared/accounts/attempt-limit.ts';

/** Tries at every moment when one is allowed. @returns how many there were */
function triesWithin(milliseconds: number, pauses: readonly number[]): number {
  let now = 0;
  let attempts: Attempts | undefined;
  let tries = 0;
  for (let index = 0; now <= milliseconds; index++) {
    const wait = waitOf(userNameLimit, attempts, now);
    if (wait === 0) {
      attempts = countAttempt(attempts, now);
      tries++;
    }
    now += Math.max(wait, pauses[index % pauses.length] ?? 1, 1);
  }
  return tries;
}

describe('tries to sign in', () => {
  it('are free five times, then wait twice as long each time, a quarter of an hour at most', () => {
    let now = 1_000_000;
    let attempts: Attempts | undefined;
    const waits = Array.from({ length: 17 }, () => {
      const wait = waitOf(userNameLimit, attempts, now);
      now += wait;
      attempts = countAttempt(attempts, now);
      return wait / 1_000;
    });
    expect(waits).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
  });

  it('are about a hundred a day at most, however they are spread', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 20 }), (pauses) => {
        expect(triesWithin(86_400_000, pauses)).toBeLessThanOrEqual(5 + 10 + 96);
      }),
    );
  });

  it('are forgotten when nobody tried for long', () => {
    const attempts = { failures: 30, lastAt: 0 };
    expect(waitOf(userNameLimit, attempts, 1)).toBe(899_999);
    expect(countAttempt(attempts, 2 * quietTime - 1)).toMatchObject({ failures: 31 });
    expect(countAttempt(attempts, 2 * quietTime)).toMatchObject({ failures: 1 });
  });

  it('never wait longer than the longest wait, whatever the clock of the last try said', () => {
    expect(waitOf(userNameLimit, { failures: 9, lastAt: 10 ** 12 }, 0)).toBe(16_000);
  });
});
