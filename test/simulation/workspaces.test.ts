import { expect, it } from 'vitest';
import { failuresOf } from './failures.ts';
import { simulateWorkspaces } from './world.ts';

it('revocations stop jobs, and deletions leave nothing in workspaces, whatever goes wrong', {
  timeout: 120_000,
}, async () => {
  expect(await failuresOf(simulateWorkspaces, 1, 10)).toEqual([]);
});
