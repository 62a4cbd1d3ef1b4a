import { describe, expect, it } from 'vitest';
import { create, disable, enable, grant, play, reset, revoke, type Step, send } from '../support/messages.ts';
import { readsItem } from '../support/outside.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const newWorld = useWorlds();

describe('a revocation that passes a message at this very moment', () => {
  /** An access that is disabled, whose enabling and next disabling are stuck behind a held message. */
  async function stuck(...steps: Step[]): Promise<World> {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'), disable('a'));
    await world.portal.setFaults({
      rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
    });
    await play(world, reset('b'));
    await send(world, ...steps);
    return world;
  }

  /** A person dismisses what is held. */
  async function dismissHeld({ rows }: World): Promise<void> {
    const { line, position } = await rows.message('m-5');
    await rows.change('messages', { messageId: 'm-5' }, { state: 'dismissed' });
    await rows.change('lines', { line, position }, { state: 'dismissed' });
  }

  it.each(['before', 'after'] as const)('leaves an access disabled that is enabled %s it looks', async (moment) => {
    const world = await stuck(enable('a'), disable('a'));
    await world.poll();
    let overtaken = false;
    world.outside[moment] = async (call) => {
      if (overtaken || !readsItem(call, 'm-6')) return;
      overtaken = true;
      await dismissHeld(world);
      await world.handle({ type: 'EnableProjectAccess', messageId: 'm-6' });
      expect(await world.rows.history('access#a')).toMatchObject([
        { event: 'created' },
        { event: 'disabled' },
        { event: 'enabled' },
      ]);
    };
    await world.work();
    expect(overtaken).toBe(true);
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
    expect(await world.rows.states()).toMatchObject({ 'm-6': 'marked', 'm-7': 'marked' });
  });

  it.each(['before', 'after'] as const)('leaves no access that is created %s it looks', async (moment) => {
    const world = await stuck(grant('p', 'c'), revoke('c'));
    await world.poll();
    let overtaken = false;
    world.outside[moment] = async (call) => {
      if (overtaken || !readsItem(call, 'm-6')) return;
      overtaken = true;
      await dismissHeld(world);
      await world.handle({ type: 'CreateProjectAccess', messageId: 'm-6' });
      expect(await world.rows.history('access#c')).toMatchObject([{ event: 'created' }]);
    };
    await world.work();
    expect(overtaken).toBe(true);
    expect(await world.rows.user('c')).toBeUndefined();
    expect(await world.rows.states()).toMatchObject({ 'm-7': 'marked' });
  });
});
