import { describe, expect, it } from 'vitest';
import { create, disable, enable, grant, play, reset, revoke, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute } from '../support/world.ts';

const newWorld = useWorlds();
const sent = 'AB8FAD5B-D9CB-469F-A165-7086772895EF';
const folded = sent.toLowerCase();
const mixed = folded.replace('ab8f', 'Ab8F');

describe('a UUID in other letters', () => {
  it('is the same access for a revocation', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', sent));
    await play(world, disable(folded));
    expect(await world.rows.user(folded)).toMatchObject({ enabled: false, portalId: sent });
    await play(world, enable(mixed));
    expect(await world.rows.user(folded)).toMatchObject({ enabled: true });
    await play(world, revoke(mixed));
    expect(await world.rows.users()).toEqual([]);
    expect(await world.rows.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('is the same access within one list, and stands in the line of its project', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', sent), disable(folded), grant('p', mixed));
    await world.poll();
    expect((await world.rows.lines()).map(({ line }) => line)).toEqual(Array(4).fill('project#p'));
    await world.work();
    expect(await world.rows.users()).toMatchObject([{ accessIdentifier: folded, enabled: false }]);
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'mismatch', messageId: 'm-4' }]);
  });

  it('is told to the portal in the letters that came first', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', sent));
    await play(world, reset(mixed));
    const { credentials } = await world.portal.snapshot();
    expect([...credentials.keys()]).toEqual([sent]);
    expect(credentials.get(sent)?.map(({ method }) => method)).toEqual(['POST', 'PATCH']);
    expect((await world.rows.user(folded))?.loginName).toBe(credentials.get(sent)?.[0]?.loginName);
  });

  it('is the same message, marked in the letters that came first', async () => {
    const world = await newWorld();
    const project = (messageId: string) => ({ messageType: 'CreateProject', data: { projectNo: 'p' }, messageId });
    await world.portal.sendMany([project(sent), project(folded)].map((each) => ({ ...each, timestamp: null })));
    await world.poll();
    expect(await world.rows.states()).toEqual({ [folded]: 'open' });
    await world.work();
    expect(await world.rows.message(folded)).toMatchObject({ state: 'marked', portalId: sent });
    expect((await world.portal.snapshot()).messages).toMatchObject([{ marked: true }, { marked: false }]);
    world.clock.advance(minute);
    await world.poll();
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('is no rule for other ids', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'Alice'));
    await play(world, disable('alice'));
    expect(await world.rows.user('Alice')).toMatchObject({ enabled: true });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'mismatch' }]);
  });
});
