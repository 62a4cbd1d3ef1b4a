import { describe, expect, it } from 'vitest';
import { sweep } from '../../shared/processes/sweep.ts';
import { useWorlds } from '../support/setup.ts';
import { hour, minute } from '../support/world.ts';
import { createMailingApi } from './mail-fixture.ts';

const createWorld = useWorlds();

const never = Number.POSITIVE_INFINITY;

describe('mail', () => {
  it.each(['before', 'after'] as const)(
    'comes once, or twice, where the sweep ends %s any call',
    async (when) => {
      for (let call = 1, crashed = true; crashed; call += 2) {
        const { world, context, mails, pass, left } = await createMailingApi(await createWorld());
        world.clock.advance(25 * hour);
        const hasCrashed = world.outside.crashAt(call, when);
        for (let run = 0; run < 2; run++) {
          await sweep(context, never).catch(() => {});
          world.clock.advance(2 * minute);
        }
        crashed = hasCrashed();
        world.outside.heal();
        for (let time = 0; time < 3; time++) await pass(hour);
        expect([1, 2]).toContain(mails().length);
        expect(await left()).toEqual([]);
      }
    },
    600_000,
  );
});
