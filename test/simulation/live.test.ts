import { expect, it } from 'vitest';
import { failuresOf } from './failures.ts';
import { simulate } from './live/world.ts';

it('clients of the WebSocket API get what they may see, whatever goes wrong', { timeout: 120_000 }, async () => {
  expect(await failuresOf(simulate, 1, 10)).toEqual([]);
});
