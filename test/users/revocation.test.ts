import { describe, expect, it } from 'vitest';
import { create, disable, enable, grant, play, reset, revoke, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const credentialCalls = ['POST /user-accesses', 'PATCH /user-accesses/{accessIdentifier}'] as const;

/** The portal takes no credentials: what sends some stays `applied`, or is held when it refuses for good. */
const refuseCredentials = ({ portal }: World, status: number) =>
  portal.setFaults({ rules: [{ kind: 'status', status, calls: credentialCalls }] });

describe('a revocation', () => {
  it('disables an access whose new password is not delivered yet', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await refuseCredentials(world, 500);
    await play(world, reset('a'), disable('a'));
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'applied', 'm-4': 'marked' });
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
  });

  it('disables an access whose creation is not delivered yet, and the creation is delivered later', async () => {
    const world = await newWorld();
    await refuseCredentials(world, 500);
    await play(world, create('p'), grant('p', 'a'), disable('a'));
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'applied', 'm-3': 'marked' });
    await world.portal.clearFaults();
    world.clock.advance(10 * minute);
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
  });

  it('passes what is held about somebody else', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    await refuseCredentials(world, 403);
    await play(world, reset('b'), disable('a'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'held', 'm-5': 'marked' });
  });

  it('supersedes a held enabling of the access that it disables', async () => {
    const world = await newWorld({ holdMismatchesOf: ['EnableProjectAccess'] });
    await play(world, create('p'), grant('p', 'a'), enable('a'), disable('a'));
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
    expect((await world.rows.message('m-3')).heldFrom).toBe('open');
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
    expect(await world.portal.pending()).toBe(0);
  });

  it('passes what is stuck behind a held message, and an enabling of the access never happens', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'), disable('a'));
    await refuseCredentials(world, 403);
    await play(world, reset('b'), enable('a'), disable('a'), disable('b'));
    await world.run();
    expect(await world.rows.states()).toMatchObject({
      'm-5': 'held',
      'm-6': 'marked',
      'm-7': 'marked',
      'm-8': 'marked',
    });
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
    expect(await world.rows.user('b')).toMatchObject({ enabled: false });
    expect((await world.rows.incidents()).map(({ kind }) => kind)).toEqual(['attempts-used-up']);
  });

  it('does not wait for another revocation that itself waits for a person', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProjectAccess'] });
    await play(world, create('p'), grant('p', 'b'), grant('p', 'b'));
    await play(world, grant('p', 'a'), disable('a'), disable('b'));
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'held', 'm-4': 'open', 'm-5': 'open', 'm-6': 'marked' });
    expect(await world.rows.user('b')).toMatchObject({ enabled: false });
  });

  it('waits behind a held creation of the access that it disables, and counts no attempt', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProjectAccess'], maxAttempts: 3 });
    await play(world, grant('p', 'a'), disable('a'));
    for (let round = 0; round < 10; round++) {
      world.clock.advance(5 * minute);
      await world.run();
    }
    expect(await world.rows.states()).toEqual({ 'm-1': 'held', 'm-2': 'open' });
    expect((await world.rows.message('m-2')).attempts).toBeLessThan(2);
    expect(await world.rows.incidents()).toHaveLength(1);
  });

  it('deletes an access whose credentials are not delivered yet: they never will be', async () => {
    const world = await newWorld();
    await refuseCredentials(world, 500);
    await play(world, create('p'), grant('p', 'a'), revoke('a'));
    await world.portal.clearFaults();
    world.clock.advance(10 * minute);
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked', 'm-3': 'marked' });
    expect((await world.portal.snapshot()).credentials.size).toBe(0);
    expect(await world.rows.users()).toEqual([]);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('deletes an access, with what is held about it, in one go', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    await refuseCredentials(world, 403);
    await play(world, reset('a'), revoke('b'), revoke('a'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'marked', 'm-5': 'marked', 'm-6': 'marked' });
    expect(await world.rows.users()).toEqual([]);
    expect((await world.rows.incidents()).map(({ kind }) => kind)).toEqual(['attempts-used-up']);
  });

  it('deletes an access with more about it than one transaction takes', async () => {
    const world = await newWorld({ holdTypes: ['ResetPassword'] });
    const resets = Array.from({ length: 60 }, () => reset('a'));
    await play(world, create('p'), grant('p', 'a'), ...resets);
    await play(world, revoke('a'));
    await world.run();
    expect(await world.rows.users()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
    expect((await world.rows.history('access#a')).map(({ event }) => event)).toEqual(['created', 'deleted']);
  });

  it('disables an access with more enablings than one transaction takes', async () => {
    const world = await newWorld({ holdTypes: ['EnableProjectAccess'] });
    const enablings = Array.from({ length: 60 }, () => enable('a'));
    await play(world, create('p'), grant('p', 'a'), ...enablings);
    await play(world, disable('a'));
    await world.run();
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
    expect(await world.portal.pending()).toBe(0);
  });

  it('makes a held creation moot when there is no access to delete', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProjectAccess'] });
    await play(world, grant('p', 'a'), revoke('a'));
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
    expect((await world.rows.incidents()).map(({ messageId }) => messageId)).toEqual(['m-1']);
  });

  it('does not pass an effect that is still to come', async () => {
    const world = await newWorld();
    const [, creation, revocation] = await send(world, create('p'), grant('p', 'a'), disable('a'));
    await world.poll();
    await world.handle({ type: 'DisableProjectAccess', messageId: `${revocation}` });
    await world.handle({ type: 'CreateProjectAccess', messageId: `${creation}` });
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['open']));
    await world.work();
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
    expect(await world.rows.incidents()).toEqual([]);
  });
});
