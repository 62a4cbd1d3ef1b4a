import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Throughput } from '../../shared/files/throughput.ts';

it('is that of something that grows evenly, however often one looks', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.nat({ max: 1_000 }), steps, (perMillisecond, pauses) => {
      const rate = new Throughput(0, 500);
      let now = 0;
      for (const pause of pauses) {
        now += pause;
        expect(rate.at(now, 500 + now * perMillisecond)).toBe(perMillisecond * 1_000);
      }
    }),
  );
});

it('forgets what was more than some seconds ago', () => {
  const rate = new Throughput(0, 0);
  rate.at(1_000, 1_000_000);
  for (let now = 2_000; now < 8_000; now += 1_000) rate.at(now, 1_000_000);
  expect(rate.at(8_000, 1_000_000)).toBe(0);
});

it('is nothing before time has passed, and never below nothing', () => {
  const rate = new Throughput(1_000, 10);
  expect(rate.at(1_000, 20)).toBe(0);
  expect(rate.at(2_000, 5)).toBe(0);
});
