import { describe, expect, it } from 'vitest';
import { create, grant, play, remove } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';

const newWorld = useWorlds();

describe('a project', () => {
  it('is created, and the portal is told', async () => {
    const world = await newWorld();
    await play(world, create('1001'));
    expect(await world.rows.projects()).toMatchObject([{ projectNo: '1001', state: 'active', version: 1 }]);
    const created = { sequence: 1, event: 'created', projectNo: '1001', messageId: 'm-1', at: expect.any(Number) };
    expect(await world.rows.history('project#1001')).toEqual([{ subject: 'project#1001', ...created }]);
    expect((await world.portal.snapshot()).messages).toMatchObject([{ messageId: 'm-1', marked: true }]);
    expect(await world.rows.lines()).toEqual([]);
  });

  it('is created for a number and for a text alike', async () => {
    const world = await newWorld();
    await world.portal.send('CreateProject', { projectNo: 7 }, { messageId: 'm-1', dataAsString: true });
    await world.run();
    expect(await world.rows.projects()).toMatchObject([{ projectNo: '7' }]);
  });

  it('that exists already is an incident, is marked, and its line goes on', async () => {
    const world = await newWorld();
    const [, again] = await play(world, create('p'), create('p'), grant('p', 'a'));
    const incident = { kind: 'mismatch', messageId: again, expected: 'no project p', found: 'it exists, active' };
    expect(await world.rows.incidents()).toMatchObject([incident]);
    expect(world.logs).toContainEqual(expect.objectContaining({ message: 'incident', ...incident }));
    expect(await world.rows.users()).toHaveLength(1);
    expect(await world.portal.pending()).toBe(0);
  });

  it('that exists already is held when the setting says so, and what comes after waits', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProject'] });
    await play(world, create('p'), create('p'), grant('p', 'a'));
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'held', 'm-3': 'open' });
    expect(await world.portal.pending()).toBe(2);
  });

  it('takes no new access while it is being deleted', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.rows.change('projects', { projectNo: 'p' }, { state: 'deleting' });
    await play(world, grant('p', 'a'));
    expect(await world.rows.users()).toEqual([]);
    expect(await world.rows.incidents()).toMatchObject([{ found: 'it is being deleted' }]);
  });

  it('is never created when its deletion comes while the creation waits for a person, behind what is not marked', async () => {
    const world = await newWorld({ holdTypes: ['CreateProject'], mismatchesPerHour: 100 });
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 403, calls: ['PATCH /messages/{id}'] }] });
    await play(world, ...Array.from({ length: 25 }, () => remove('p')));
    await play(world, create('p'), remove('p'));
    expect(await world.rows.states()).toMatchObject({ 'm-25': 'done', 'm-26': 'superseded', 'm-27': 'done' });
  });

  it('makes all moot that waits behind its held creation, when it is deleted', async () => {
    const world = await newWorld({ holdTypes: ['CreateProject'] });
    const grants = Array.from({ length: 45 }, (_, index) => grant('p', `a-${index}`));
    await play(world, create('p'), ...grants, remove('p'));
    await world.run();
    expect((await world.rows.incidents()).map(({ kind }) => kind)).toEqual(['needs-approval']);
    expect(await world.portal.pending()).toBe(0);
  });

  it('is created, deleted and created again, with one history', async () => {
    const world = await newWorld();
    await play(world, create('p'), remove('p'), create('p'));
    const history = await world.rows.history('project#p');
    expect(history.map(({ event }) => event)).toEqual(['created', 'deletion begun', 'deleted', 'created']);
    expect(history.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
    expect(await world.rows.incidents()).toEqual([]);
  });
});
