import { describe, expect, it } from 'vitest';
import { planApproval } from '../../shared/decisions/approve.ts';
import { commitAction } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import type { IncidentRow } from '../../shared/operations/incidents.ts';
import { create, disable, enable, grant, play, remove, reset, revoke, type Step, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';

const newWorld = useWorlds();

const deliver = (projectNo: string, ...fileIds: string[]): Step => [
  'DataDeliveryReady',
  { dataDeliveryId: 'd', projectNo, files: fileIds.map((fileId) => ({ fileId, fileChecksum: 'no MD5' })) },
];

/** Two projects, and accesses in the first. */
async function moved(...accesses: string[]): Promise<World> {
  const world = await newWorld();
  await play(world, create('A'), create('B'), ...accesses.map((access) => grant('A', access)));
  return world;
}

const usersOf = async (world: World) =>
  (await world.rows.users())
    .map(({ accessIdentifier, projectNo, enabled }) => ({ accessIdentifier, projectNo, enabled }))
    .toSorted((a, b) => (a.accessIdentifier < b.accessIdentifier ? -1 : 1));

describe('an access that moves to another project', () => {
  const accesses = Array.from({ length: 12 }, (_, index) => `a-${String(index).padStart(2, '0')}`);
  const steps = accesses.flatMap((access) => [revoke(access), grant('B', access)]);
  const inB = accesses.map((accessIdentifier) => ({ accessIdentifier, projectNo: 'B', enabled: true }));

  it('is there in the end, and so are all of a list', async () => {
    const world = await moved(...accesses);
    await send(world, ...steps);
    world.clock.advance(60_000);
    await world.poll();
    await world.work();
    expect(await usersOf(world), 'after one poll').toEqual(inB);
    expect(await world.rows.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('is there in the end when its deletion was listed before', async () => {
    const world = await moved('a');
    await send(world, revoke('a'));
    await world.poll();
    await send(world, grant('B', 'a'));
    await world.run();
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'B', enabled: true }]);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('is there in the end when its first project is deleted', async () => {
    const world = await moved('a');
    await play(world, remove('A'), grant('B', 'a'));
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'B', enabled: true }]);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it.each([1, 2])('is disabled in the end when that is told after it, in %i lists', async (lists) => {
    const world = await moved('a');
    await send(world, revoke('a'), grant('B', 'a'));
    if (lists === 2) await world.poll();
    await send(world, disable('a'));
    await world.run();
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'B', enabled: false }]);
    expect(await world.rows.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('waits for a person when its deletion does, and is disabled meanwhile', async () => {
    const world = await newWorld({ holdTypes: ['DeleteProjectAccess'] });
    await play(world, create('A'), create('B'), grant('A', 'a'));
    await play(world, revoke('a'), grant('B', 'a'), disable('a'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'held', 'm-5': 'open' });
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'A', enabled: false }]);
  });
});

describe('an access whose deletion waits for a person', () => {
  it('is made anew when its project is deleted meanwhile', async () => {
    const world = await newWorld({ holdTypes: ['DeleteProjectAccess'] });
    await play(world, create('A'), create('B'), grant('A', 'a'));
    await play(world, revoke('a'), grant('B', 'a'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'held', 'm-5': 'open' });
    await play(world, remove('A'));
    await world.run();
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'B', enabled: true }]);
    expect((await world.rows.incidents()).map(({ kind }) => kind)).toEqual(['needs-approval']);
  });
});

const delivery = (projectNo: string): Step => [
  'DataDeliveryReady',
  { projectNo, files: [{ fileId: 'f', fileSize: 3, fileChecksum: '0'.repeat(32) }] },
];

describe('a file whose deletion waits for a person', () => {
  it('comes to another project when its first one is deleted meanwhile', async () => {
    const world = await newWorld({ holdTypes: ['DeleteDataFile'] });
    await play(world, create('A'), create('B'), delivery('A'));
    await play(world, ['DeleteDataFile', { fileId: 'f' }], delivery('B'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'held', 'm-5': 'open' });
    await play(world, remove('A'));
    await world.run();
    expect(await world.rows.all('files')).toMatchObject([{ fileId: 'f', projectNo: 'B', messageId: 'm-5' }]);
  });
});

describe('a file of a long delivery that waits for a person', () => {
  const [type, data] = delivery('A');
  /** The files with a field that nobody described, which makes the message too long for its item. */
  const long: Step = [type, { ...data, note: 'x'.repeat(120_000) }];

  async function held(): Promise<World> {
    const world = await newWorld({ holdTypes: ['DataDeliveryReady'] });
    await play(world, create('A'), long);
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'held', rawKey: 'messages/m-2' });
    await send(world, ['DeleteDataFile', { fileId: 'f' }]);
    return world;
  }

  it('is deleted after it, also when S3 did not give its text to the first poll', async () => {
    const world = await held();
    world.outside.before = ({ name }) => {
      if (name === 'GetObjectCommand') throw new Error('S3 is busy');
    };
    await expect(world.poll()).rejects.toThrow('S3 is busy');
    world.outside.heal();
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'held', 'm-3': 'open' });
    expect((await world.rows.message('m-3')).line).toBe('project#A');
    const desk = { ...world.context, tables: world.tables };
    await commitAction(desk, await planApproval(desk, 'm-2'), { by: 'ann', reason: 'a test' });
    await world.run();
    await world.run();
    expect(await world.rows.all('files')).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it.each(['NoSuchKey', 'AccessDenied'])('stops no poll when its text is gone: %s', async (answer) => {
    const world = await held();
    world.outside.before = ({ name }) => {
      if (name === 'GetObjectCommand') throw Object.assign(new Error('gone'), { name: answer });
    };
    await world.poll();
    expect((await world.rows.message('m-3')).line).toBe('file#f');
  });
});

describe('a delivery that a person lets go on', () => {
  it('brings a file that went with another project meanwhile', async () => {
    const world = await newWorld({ holdTypes: ['DataDeliveryReady'] });
    const desk = { ...world.context, tables: world.tables };
    const approve = async (id: string) => {
      await commitAction(desk, await planApproval(desk, id), { by: 'ann', reason: 'a test' });
      await world.run();
    };
    await play(world, create('A'), create('B'), delivery('A'));
    await approve('m-3');
    await play(world, delivery('B'), remove('A'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'held', 'm-5': 'marked' });
    await approve('m-4');
    expect(await world.rows.all('files')).toMatchObject([{ fileId: 'f', projectNo: 'B', messageId: 'm-4' }]);
  });
});

describe('an access that is made anew in another project once a person lets its first one be deleted', () => {
  it('is disabled when that was told last, as it is meanwhile', async () => {
    const world = await newWorld({ holdTypes: ['DeleteProject'] });
    await play(world, create('A'), create('B'), grant('A', 'a'));
    await play(world, remove('A'), grant('B', 'a'), disable('a'));
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'A', enabled: false }]);
    const desk = { ...world.context, tables: world.tables };
    const approval = await planApproval(desk, 'm-4');
    expect(await commitAction(desk, approval, { by: 'ann', reason: 'a test' })).toBe(true);
    await world.run();
    await world.run();
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'B', enabled: false }]);
  });
});

describe('an access that is to leave a project whose deletion waits for a person', () => {
  it('is disabled when a stuck creation makes it anew, as that was told last', async () => {
    const world = await newWorld({ holdTypes: ['DataDeliveryReady', 'DeleteProject'] });
    const desk = { ...world.context, tables: world.tables };
    const decision = { by: 'ann', reason: 'a test' };
    await play(world, create('A'), create('B'));
    await send(world, deliver('A', 'f'), grant('A', 'a'), grant('B', 'a'), disable('a'), remove('B'));
    await world.poll();
    await play(world, grant('A', 'a'), disable('a'));
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'held', 'm-7': 'held', 'm-8': 'open', 'm-9': 'open' });
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'B', enabled: false }]);

    await commitAction(desk, await planApproval(desk, 'm-7'), decision);
    await world.run();
    const held = (await world.rows.incidents()).find(({ messageId }) => messageId === 'm-3');
    await commitAction(desk, await planDismissal(desk, held as IncidentRow, true), decision);
    await world.run();
    await world.run();
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'A', enabled: false }]);
    expect(await world.portal.pending()).toBe(0);
  });
});

describe('a message that does not fit', () => {
  it('does not fit either when a person lets it go on after its access was deleted with another project', async () => {
    const world = await newWorld({ holdTypes: ['DataDeliveryReady'] });
    await play(world, create('A'), create('B'), grant('A', 'a'));
    await play(world, deliver('B', 'f'), grant('B', 'a'), disable('a'), remove('A'));
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'held', 'm-5': 'open', 'm-6': 'marked', 'm-7': 'marked' });
    const desk = { ...world.context, tables: world.tables };
    const [held] = await world.rows.incidents();
    const dismissal = await planDismissal(desk, held as IncidentRow, true);
    await commitAction(desk, dismissal, { by: 'ann', reason: 'a test' });
    await world.run();
    expect(await usersOf(world)).toEqual([]);
    expect(await world.rows.incidents()).toContainEqual(
      expect.objectContaining({
        kind: 'mismatch',
        messageId: 'm-5',
        found: expect.stringContaining('DeleteProject m-7'),
      }),
    );
  });

  it('does not fit either when the access that was deleted with another project was created there later', async () => {
    const world = await newWorld({ holdTypes: ['DataDeliveryReady'] });
    await play(world, create('A'), create('B'));
    await play(world, deliver('A', 'f'), grant('B', 'a'), revoke('a'), grant('A', 'a'), grant('B', 'a'));
    await play(world, disable('a'));
    await play(world, remove('B'));
    const desk = { ...world.context, tables: world.tables };
    const held = (await world.rows.incidents()).find(({ kind }) => kind === 'needs-approval');
    const dismissal = await planDismissal(desk, held as IncidentRow, true);
    await commitAction(desk, dismissal, { by: 'ann', reason: 'a test' });
    await world.run();
    expect((await usersOf(world)).filter(({ enabled }) => enabled)).toEqual([]);
  });

  it('leads no later one about its access into its line: the access ends disabled', async () => {
    const world = await moved('a');
    await play(world, disable('a'));
    await play(world, grant('B', 'a'), deliver('B', 'f'), enable('a'));
    expect(await world.rows.states()).toMatchObject({ 'm-6': 'held' });
    expect(await usersOf(world)).toMatchObject([{ projectNo: 'A', enabled: true }]);
    await play(world, disable('a'));
    await play(world, reset('a'));
    expect(await usersOf(world)).toMatchObject([{ projectNo: 'A', enabled: false }]);
    expect((await world.rows.message('m-7')).line).toBe('project#A');
  });

  it('keeps nothing about its access waiting while a person holds it', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProjectAccess'] });
    await play(world, create('A'), create('B'), grant('A', 'a'));
    await play(world, grant('B', 'a'), disable('a'), enable('a'), reset('a'), disable('a'));
    expect(await world.rows.states()).toMatchObject({
      'm-4': 'held',
      'm-5': 'marked',
      'm-6': 'marked',
      'm-7': 'marked',
      'm-8': 'marked',
    });
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'A', enabled: false }]);
  });

  it('and is the first to name an access leads a revocation to where the access is made', async () => {
    const world = await newWorld();
    await play(world, create('B'));
    await play(world, grant('A', 'a'), grant('B', 'a'), disable('a'));
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'B', enabled: false }]);
    expect((await world.rows.incidents()).map(({ messageId }) => messageId)).toEqual(['m-2']);
  });
});

describe('a list in inverted order', () => {
  it('is done in the order in which it fits', async () => {
    const world = await newWorld();
    await play(world, grant('A', 'a'), grant('A', 'b'), create('A'), disable('b'));
    expect(await usersOf(world)).toEqual([
      { accessIdentifier: 'a', projectNo: 'A', enabled: true },
      { accessIdentifier: 'b', projectNo: 'A', enabled: false },
    ]);
    expect(await world.rows.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('lets a project pass what is held for its absence, which is tried again by itself', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProjectAccess'] });
    await play(world, grant('A', 'a'), grant('A', 'b'));
    expect(await world.rows.states()).toEqual({ 'm-1': 'held', 'm-2': 'open' });
    await play(world, create('A'));
    expect(await usersOf(world)).toMatchObject([{ accessIdentifier: 'a' }, { accessIdentifier: 'b' }]);
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'mismatch', messageId: 'm-1', state: 'retried' }]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('lets an access pass what is held for its absence', async () => {
    const world = await newWorld({ holdMismatchesOf: ['DisableProjectAccess', 'ResetPassword'] });
    await play(world, create('A'));
    await play(world, reset('a'), grant('A', 'a'));
    expect(await world.rows.user('a')).toMatchObject({ passwordMessageId: 'm-2' });
    expect(await world.portal.pending()).toBe(0);
  });

  it('has an incident of its own again for what does not fit even then', async () => {
    const world = await newWorld({ holdMismatchesOf: ['CreateProjectAccess'] });
    await play(world, create('B'), grant('B', 'a'));
    await play(world, grant('A', 'a'));
    await play(world, create('A'));
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'held', 'm-4': 'marked' });
    expect(await world.rows.incidents()).toMatchObject([
      { messageId: 'm-3', count: 2, found: 'it exists, in project B' },
    ]);
  });
});

describe('messages of several lines that follow one another', () => {
  const approved = { holdTypes: ['DataDeliveryReady'] };
  const deleteFile: Step = ['DeleteDataFile', { fileId: 'f' }];

  it('are passed by a deletion at once when a person has to approve of each', async () => {
    const world = await newWorld(approved);
    await play(world, create('A'), create('B'));
    await send(world, deliver('A', 'f'), deliver('B', 'f'), deleteFile, remove('A'));
    await world.poll();
    await world.work();
    expect(await world.rows.projects()).toMatchObject([{ projectNo: 'B' }]);
  });
});

describe('an access that messages before its creation are about', () => {
  it('is created by the poll that listed it, whichever of them the creation follows', async () => {
    const world = await newWorld({ holdMismatchesOf: ['EnableProjectAccess'] });
    await play(world, create('A'));
    await send(world, enable('a'), enable('a'), grant('A', 'a'));
    world.clock.advance(60_000);
    await world.poll();
    await world.work();
    expect(await usersOf(world)).toEqual([{ accessIdentifier: 'a', projectNo: 'A', enabled: true }]);
  });
});
