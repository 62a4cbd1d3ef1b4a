import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hoursShown, roundedUp } from '../../../infra/console/src/pages/overview/hours-shown.ts';

const hour = 3_600_000;
const numbers = { messages: 1, files: 2 };

it('the chart of a day has 24 hours of equal length, with what is known of them, whatever clocks do', () => {
  // Hours in which clocks in Denmark are changed, and others.
  const now = fc.oneof(
    fc.constantFrom(Date.UTC(2026, 2, 29, 1, 5), Date.UTC(2026, 9, 25, 1, 5)),
    fc.integer({ min: 0, max: 2 ** 41 }),
  );
  fc.assert(
    fc.property(now, fc.uniqueArray(fc.nat(40), { maxLength: 24 }), (at, ago) => {
      const current = at - (at % hour);
      const hours = ago
        .toSorted((one, other) => other - one)
        .map((each) => ({ at: current - each * hour, ...numbers }));
      const shown = hoursShown(hours, at);
      expect(shown.map((each) => each.at)).toEqual(
        Array.from({ length: 24 }, (_, index) => current - (23 - index) * hour),
      );
      expect(shown.flatMap((each) => each.numbers ?? [])).toEqual(
        hours.filter((each) => each.at > current - 24 * hour),
      );
    }),
  );
});

it('the scale of a chart ends at a round number that is not less than the largest, and not far above', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(100), fc.maxSafeNat()), (largest) => {
      const end = roundedUp(largest);
      expect(end).toBeGreaterThanOrEqual(largest);
      expect(end).toBeLessThanOrEqual(Math.max(2, 2 * largest));
      expect(String(end)).toMatch(/^(?:[2468]|10+|[2468]0+)$/);
    }),
  );
});
