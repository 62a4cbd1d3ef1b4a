import { expect, vi } from 'vitest';
import type { World } from './files-fixture.ts';

/**
 * Lets something else happen between a function's reading and its committing.
 *
 * @param part of the JSON of the one transaction before which it is to happen
 */
export function justBefore(world: World, part: string, happens: () => Promise<void>): void {
  const { middlewareStack } = world.db;
  const name = `just before ${part}`;
  middlewareStack.add(
    (go) => async (args) => {
      const isIt = 'TransactItems' in args.input && JSON.stringify(args.input).includes(part);
      if (isIt && middlewareStack.remove(name)) await happens();
      return go(args);
    },
    { step: 'initialize', name },
  );
}

/** Lets time go on, second by second, until what was begun has ended. */
export async function whileTimeGoesOn<Result>(world: World, begun: Promise<Result>): Promise<Result> {
  let ended = false;
  const settled = begun.finally(() => {
    ended = true;
  });
  await vi.waitFor(
    async () => {
      await world.clock.advance(1000);
      expect(ended).toBe(true);
    },
    { interval: 5, timeout: 20_000 },
  );
  return settled;
}
