import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { failuresOf } from './failures.ts';
import { played, simulate } from './world.ts';

describe('whatever goes wrong', { timeout: 120_000 }, () => {
  // Seeds that stay the same, so that a failure comes of a change. `npm run simulate` plays others.
  it('every message comes to what it must', async () => {
    expect(await failuresOf(simulate, 1, 75)).toEqual([]);
  });
});

it('a seed plays the same again', async () => {
  const play = async () => {
    const trace: string[] = [];
    await simulate(11, undefined, (text) => trace.push(text.replaceAll(/[0-9a-f-]{36}/g, 'a unique id')));
    return trace;
  };
  const first = await play();
  expect(first.length).toBeGreaterThan(100);
  expect(await play()).toEqual(first);
});

it('nothing holds on to a world whose run is over', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const worlds: WeakRef<object>[] = [];
  for (let seed = 1; seed <= 20; seed++) worlds.push(new WeakRef(await played(seed)));

  // A reference is strong until the turn of the event loop in which it was made or looked at is over.
  await vi.waitFor(() => {
    collectGarbage();
    // Counted, for an error that held the worlds would keep them.
    const left = worlds.filter((world) => world.deref() !== undefined).length;
    expect(left).toBe(0);
  });
});
