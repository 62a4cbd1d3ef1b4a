import { describe, expect, it, vi } from 'vitest';
import { deletingWrite } from '../../shared/files/remove.ts';
import type { Transfer } from '../../shared/files/transfer.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';

const services = useServices();

const large = 9_000_000;
const medium = 6 * 2 ** 20;

const deletions = {
  DeleteDataFile: { fileId: 'a' },
  DeleteProject: { projectNo: '1001' },
} as const;
type Deletion = keyof typeof deletions;
const bothDeletions = Object.keys(deletions) as Deletion[];

const returnOf = (world: World, fileId = 'a') => world.portal.send('ReturnDataFile', { fileId });
const receivedBy = async ({ portal }: World) => (await portal.snapshot()).received.map(({ fileId }) => fileId);
const kindsOf = async (world: World) => (await world.incidents()).map(({ kind }) => kind);
/** Polls, and handles what comes of that, before any file is moved. */
async function handleMessages({ gateway }: World): Promise<void> {
  await gateway.poll();
  while ((await gateway.handleQueued()) > 0);
}

const isOver = (world: World) => async () => (await world.portal.pending()) === 0;

describe('one list with a delivery, a return of its file, and its deletion', () => {
  it.each(bothDeletions)('by %s is done in this order', async (type) => {
    const world = await createWorld(services());
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: large }]);
    await returnOf(world);
    await world.portal.send(type, deletions[type]);
    await handleMessages(world);
    await world.gateway.work();
    expect(await receivedBy(world), 'with one poll').toEqual(['a']);
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'returned', 'deleted']);
    expect(await world.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it.each(bothDeletions)('by %s passes a return that can not be made, which is an incident', async (type) => {
    const world = await createWorld(services(), { maxAttempts: 2 });
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 1000, behaviour: { forbidden: true } }]);
    const returned = await returnOf(world);
    await world.portal.send(type, deletions[type]);
    await world.settleUntil(isOver(world));
    expect(await receivedBy(world)).toEqual([]);
    expect(await kindsOf(world)).toEqual(expect.arrayContaining(['file-failed', 'return-superseded']));
    expect((await world.incidents()).find(({ kind }) => kind === 'return-superseded')).toMatchObject({
      messageId: returned,
      subject: returned,
    });
    expect(world.log.lines).toContainEqual(expect.objectContaining({ message: 'incident', kind: 'return-superseded' }));
  });

  it.each(bothDeletions)('by %s goes on when the file fails while its return waits', async (type) => {
    const world = await createWorld(services(), { maxAttempts: 2 });
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 1000, behaviour: { forbidden: true } }]);
    const returned = await returnOf(world);
    const deletion = await world.portal.send(type, deletions[type]);
    await handleMessages(world);
    expect(await world.message(returned)).toMatchObject({ state: 'working' });
    expect(await world.message(deletion), 'it waits').toMatchObject({ state: 'open' });

    await world.gateway.work();
    await world.settleUntil(isOver(world));

    expect(await kindsOf(world)).toEqual(expect.arrayContaining(['file-failed', 'return-superseded']));
  });

  it('waits for several returns, and tells of each that is never made', async () => {
    const world = await createWorld(services(), { maxAttempts: 2 });
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 1000, behaviour: { forbidden: true } }]);
    const returns = [await returnOf(world), await returnOf(world), await returnOf(world)];
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settleUntil(isOver(world));
    const told = (await world.incidents()).filter(({ kind }) => kind === 'return-superseded');
    expect(told.map(({ messageId }) => messageId).toSorted()).toEqual(returns.toSorted());
  });
});

describe('a delivery that does not fit', () => {
  /** A file of project 1001, and a held delivery of it to project 1010, which is there or not. */
  async function setUp(...projects: string[]) {
    const world = await createWorld(services(), { maxAttempts: 2 });
    for (const projectNo of ['1001', ...projects]) await world.createProject(projectNo);
    await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    await world.settle();
    const misfit = await world.sendDelivery([{ fileId: 'a', size: 1000 }], { projectNo: '1010' });
    await world.settle();
    expect(await world.message(misfit)).toMatchObject({ state: 'held' });
    return { world, misfit };
  }

  it.each([[[]], [['1010']]])('does not keep a return of its file waiting (projects: %j)', async (projects) => {
    const { world, misfit } = await setUp(...projects);
    await returnOf(world);
    await world.portal.send('DeleteProject', { projectNo: '1001' });
    await world.settle();
    await world.settle();
    expect(await receivedBy(world)).toEqual(['a']);
    expect(await world.message(misfit)).toMatchObject({ state: 'held' });
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'returned', 'deleted']);
  });

  it('does not let a deletion of its file cut off a return that is on its way', async () => {
    const { world } = await setUp('1010');
    const returned = await returnOf(world);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const deletion = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.gateway.poll();
    await world.gateway.handleQueued();
    expect(await world.message(returned)).toMatchObject({ state: 'working', line: 'project#1001' });
    expect(await world.message(deletion)).toMatchObject({ state: 'open', line: 'project#1001' });
    await world.gateway.work();
    expect(await receivedBy(world)).toEqual(['a']);
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'returned', 'deleted']);
  });
});

describe('a file that moves to another project', () => {
  it('is there in the end, and so are all of a list', async () => {
    const world = await createWorld(services());
    const files = Array.from({ length: 12 }, (_, index) => ({ fileId: `f-${index}`, size: 1000 }));
    await world.createProject('1001');
    await world.createProject('1002');
    await world.sendDelivery(files);
    await world.settle();
    for (const file of files) {
      await world.portal.send('DeleteDataFile', { fileId: file.fileId });
      await world.sendDelivery([file], { projectNo: '1002' });
    }
    await world.settle();
    const rows = await world.files(files.map(({ fileId }) => fileId));
    expect([...rows.values()].map(({ projectNo, state }) => `${projectNo} ${state}`)).toEqual(
      files.map(() => '1002 stored'),
    );
    expect(await world.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('is returned from where it was, or from where it comes to, as the list has it', async () => {
    const world = await createWorld(services());
    await world.createProject('1001');
    await world.createProject('1002');
    await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    await world.settle();
    await returnOf(world);
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.sendDelivery([{ fileId: 'a', size: 2000 }], { projectNo: '1002' });
    await returnOf(world);
    await world.settle();
    expect((await world.portal.snapshot()).received.map(({ size }) => size)).toEqual([1000, 2000]);
    expect(await world.file('a')).toMatchObject({ projectNo: '1002', state: 'stored' });
    expect(await world.incidents()).toEqual([]);
  });
});

describe('a list in inverted order', () => {
  it('with a delivery before its project is done as it fits', async () => {
    const world = await createWorld(services());
    await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    await world.portal.send('CreateProject', { projectNo: '1001' });
    await world.settle();
    expect(await world.file('a')).toMatchObject({ state: 'stored' });
    expect(await world.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('with a project that comes with a later list has the held delivery tried again by itself', async () => {
    const world = await createWorld(services());
    const delivery = await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    const other = await world.sendDelivery([{ fileId: 'b', size: 1000 }]);
    await world.portal.send('DeleteDataFile', { fileId: 'b' });
    await world.settle();
    expect(await world.message(delivery)).toMatchObject({ state: 'held' });
    await world.portal.send('CreateProject', { projectNo: '1001' });
    await world.settleUntil(isOver(world));
    expect(await world.file('a')).toMatchObject({ state: 'stored' });
    expect(await world.file('b')).toBeUndefined();
    expect(await world.message(other)).toMatchObject({ state: 'marked' });
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId: delivery, state: 'retried' }]);
  });

  it('with a return before its delivery has the held return tried again by itself', async () => {
    const world = await createWorld(services());
    await world.createProject();
    const returned = await returnOf(world);
    await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    await world.settle();
    await world.settleUntil(isOver(world), 2);
    expect(await receivedBy(world)).toEqual(['a']);
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId: returned, state: 'retried' }]);
  });
});

describe('a transfer that learns that its file is deleted', () => {
  /** A project with a delivery whose copy is under way. */
  async function underWay(size: number) {
    const world = await createWorld(services());
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size, behaviour: { stallAfterBytes: size - 1000 } }]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No transfer was started');
    const copying = world.gateway.copy(await world.gateway.prepare(transfer));
    return { world, copying };
  }

  it.each([
    ['DeleteDataFile', medium],
    ['DeleteDataFile', large],
    ['DeleteProject', medium],
    ['DeleteProject', large],
  ] as const)('gives its lease back, and %s goes on at once (%i bytes)', async (type, size) => {
    const { world, copying } = await underWay(size);
    const deletion = await world.portal.send(type, deletions[type]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    expect(await world.message(deletion)).toMatchObject({ state: 'applying' });
    const { leaseUntil = 0 } = (await world.file('a')) ?? {};
    expect(leaseUntil).toBeGreaterThan(world.clock.now());

    await world.clock.advance(1_000);
    await world.gateway.complete(await copying);
    await world.gateway.work();

    expect(world.clock.now(), 'nobody waited for the lease').toBeLessThan(leaseUntil);
    expect(await world.message(deletion)).toMatchObject({ state: 'marked' });
    expect(await world.objects()).toEqual([]);
    expect(await world.uploads()).toEqual([]);
  });

  it('uses up no attempt of the deletion, however many transfers end before the deletion goes on', async () => {
    const world = await createWorld(services(), { maxAttempts: 2 });
    await world.createProject();
    const behaviour = { stallAfterBytes: large - 1000 };
    await world.sendDelivery(['a', 'b', 'c', 'd'].map((fileId) => ({ fileId, size: large, behaviour })));
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const started = world.gateway.started.splice(0);
    expect(started).toHaveLength(4);
    const copies = started.map(async (transfer) => world.gateway.copy(await world.gateway.prepare(transfer)));
    const deletion = await world.portal.send('DeleteProject', deletions.DeleteProject);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    await world.clock.advance(1_000);

    for (const copied of await Promise.all(copies)) await world.gateway.complete(copied);
    expect(await world.message(deletion)).toMatchObject({ state: 'applying' });
    await world.gateway.work();

    expect(await world.message(deletion)).toMatchObject({ state: 'marked' });
    expect(await world.incidents()).toEqual([]);
  });

  it('has one deletion go on, that which began it', async () => {
    const { world } = await underWay(medium);
    const row = await world.file('a');
    if (!row) throw new Error('There is no file');
    const { context } = world;
    const begin = (messageId: string) => transact(context.db, context.clock, [deletingWrite(context, row, messageId)]);
    expect(await begin('first')).toBe('committed');
    expect(await begin('second')).toBe('refused');
    expect(await world.file('a')).toMatchObject({ state: 'deleting', deletedBy: 'first' });
  });

  it('keeps its lease when S3 gave no answer: what was sent may still come', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0) as [Transfer];
    const prepared = await world.gateway.prepare(transfer);
    const { send } = world.s3;
    vi.spyOn(world.s3, 'send').mockImplementationOnce(async (...args: Parameters<typeof send>) => {
      await world.portal.send('DeleteDataFile', { fileId: 'a' });
      await world.gateway.poll();
      await world.gateway.handleQueued();
      await Reflect.apply(send, world.s3, args);
      throw Object.assign(new Error('no answer'), { name: 'TimeoutError' });
    });
    await world.gateway.complete(await world.gateway.copy(prepared));
    await world.gateway.work();
    expect(await world.file('a')).toMatchObject({ state: 'deleting', leaseUntil: expect.any(Number) });
    await world.clock.advance(60_000);
    await world.settleUntil(isOver(world));
    expect(await world.objects()).toEqual([]);
  });

  it('that was not begun yet is not waited for either', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    const deletion = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settle();
    expect(await world.message(deletion)).toMatchObject({ state: 'marked' });
    expect(await world.eventsOf('a')).toEqual(['registered', 'deleted']);
  });
});

it('a day of six projects that come and go in one list each waits for no lease', async () => {
  const world = await createWorld(services());
  const numbers = Array.from({ length: 6 }, (_, index) => `${2001 + index}`);
  for (const projectNo of numbers) {
    await world.createProject(projectNo);
    await world.portal.send('CreateProjectAccess', { projectNo, accessIdentifier: `access-${projectNo}` });
  }
  await world.settle();
  for (const projectNo of numbers) {
    await world.sendDelivery([{ fileId: `file-${projectNo}`, size: medium }], { projectNo });
    await world.portal.send('DeleteDataFile', { fileId: `file-${projectNo}` });
    await world.portal.send('DeleteProjectAccess', { accessIdentifier: `access-${projectNo}` });
    await world.portal.send('DeleteProject', { projectNo });
  }
  await world.settle();
  expect(await world.portal.pending()).toBe(0);
  expect(await world.rows('projects')).toEqual([]);
  expect(await world.objects()).toEqual([]);
  expect(await world.incidents()).toEqual([]);
});
