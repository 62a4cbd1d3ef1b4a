import fc from 'fast-check';
import { expect, it } from 'vitest';
import { timeIsUp } from '../../shared/files/copy/copy-files.ts';

it.each([5_000, 900_000])('a copy of %i ms starts something until a fifth of its time is left', (time) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 0, max: time }), (start, passed) => {
      let now = start;
      const isTimeUp = timeIsUp({ now: () => now }, start + time);
      now += passed;
      expect(isTimeUp()).toBe(time - passed <= time / 5);
    }),
  );
});
