import { describe, expect, it } from 'vitest';
import { remove } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute } from '../support/world.ts';
import { finish, furnish } from './projects-fixture.ts';

const newWorld = useWorlds();

describe('the deletion of a project', () => {
  it('goes on where its process ended, after whichever call', { timeout: 600_000 }, async () => {
    let happened = () => true;
    let runs = 0;
    for (; happened(); runs++) {
      const world = await newWorld({ maxAttempts: 50 });
      await furnish(world, ['p']);
      const [type, data] = remove('p');
      await world.portal.send(type, data, { messageId: 'deletion' });
      await world.poll();
      // The leases of the transfers are over.
      world.clock.advance(2 * minute);
      happened = world.outside.crashAt(runs + 1, 'after');
      await world.work().catch(() => undefined);
      world.outside.heal();
      await finish(world);
      // A process may have ended between the portal's answer and its record.
      await world.run();
      expect(await world.rows.states()).toMatchObject({ deletion: 'marked' });
      expect(await world.rows.text()).not.toMatch(/"projectNo":"p","(member|accessIdentifier|state)"/);
      expect((await world.rows.history('project#p')).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
      expect((await world.rows.history('access#p-1')).map(({ sequence }) => sequence)).toEqual([1, 2]);
      expect(await world.rows.incidents()).toEqual([]);
    }
    expect(runs).toBeGreaterThan(24);
  });
});
