import { expect, it } from 'vitest';
import { failuresOf } from './failures.ts';
import { simulate as simulateLive } from './live/world.ts';
import { simulate, simulateWorkspaces } from './world.ts';

it('every message comes to what it must, in a thousand schedules more', { timeout: 300_000 }, async () => {
  expect(await failuresOf(simulate, 151, 1_000)).toEqual([]);
});

it('nothing of a deleted project is left in workspaces, in a thousand schedules more', {
  timeout: 300_000,
}, async () => {
  expect(await failuresOf(simulateWorkspaces, 21, 1_000)).toEqual([]);
});

it('clients of the WebSocket API get what they may see, in a thousand schedules more', {
  timeout: 300_000,
}, async () => {
  expect(await failuresOf(simulateLive, 21, 1_000)).toEqual([]);
});
