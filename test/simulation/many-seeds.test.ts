import { expect, it } from 'vitest';
import { failuresOf } from './failures.ts';

it('every message comes to what it must, in a thousand schedules more', { timeout: 300_000 }, async () => {
  expect(await failuresOf(151, 1_000)).toEqual([]);
});
