import type { World } from './world.ts';

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
