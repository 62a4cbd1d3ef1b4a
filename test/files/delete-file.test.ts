import { describe, expect, it, vi } from 'vitest';
import type { FileBehaviour } from '../../infra/local/portal/faults.ts';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';

const services = useServices();

interface GivenFile {
  fileId: string;
  size: number;
  behaviour?: FileBehaviour;
}

/** A project and a delivery of these files. */
async function setUp(files: readonly GivenFile[] = [{ fileId: 'a', size: 1000 }], options: WorldOptions = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  const delivery = await world.sendDelivery(files);
  return { world, delivery };
}

const sendDeletion = (world: World, fileId = 'a') => world.portal.send('DeleteDataFile', { fileId });
const isMarked = async (world: World, messageId: string) => (await world.message(messageId)).state === 'marked';

async function expectGone(world: World, fileId = 'a') {
  expect(await world.file(fileId)).toBeUndefined();
  expect(await world.rows('members')).not.toContainEqual(expect.objectContaining({ member: `file#${fileId}` }));
  expect((await world.transferEntries()).map((entry) => entry.fileId)).not.toContain(fileId);
  expect(await world.objects()).not.toContain(`projects/1001/files/${fileId}`);
  expect(await world.uploads()).not.toContain(`projects/1001/files/${fileId}`);
}

async function expectDeletedAfterLease(world: World) {
  const messageId = await sendDeletion(world);
  await world.settle();
  expect(await isMarked(world, messageId)).toBe(false);
  await world.clock.advance(leaseTime);
  await world.settle();
  expect(await isMarked(world, messageId)).toBe(true);
}

describe('the deletion of a file', () => {
  it('that is stored leaves nothing but its history', async () => {
    const { world } = await setUp();
    await world.settle();

    const messageId = await sendDeletion(world);
    await world.settle();

    await expectGone(world);
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'deleted']);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    expect(await world.incidents()).toEqual([]);
  });

  it('whose copy has died waits for its lease: what it sent last may still reach S3', async () => {
    const { world } = await setUp();
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No transfer was started');
    await world.gateway.fail(await world.gateway.prepare(transfer));

    await expectDeletedAfterLease(world);
    await expectGone(world);
  });

  it.each([
    ['is to be tried again', { corruptFirst: 1 }, 5, 'pending'],
    ['was given up', { forbidden: true }, 1, 'failed'],
  ])('whose copy has failed, and %s, waits for no lease', async (_what, behaviour, maxAttempts, state) => {
    const { world } = await setUp([{ fileId: 'a', size: 1000, behaviour }], { maxAttempts });
    await world.settle();
    expect(await world.file('a')).toMatchObject({ state });

    const messageId = await sendDeletion(world);
    await world.settle();

    expect(await isMarked(world, messageId)).toBe(true);
    await expectGone(world);
  });

  it('whose transfer is under way waits until the copy notices, and nothing remains', async () => {
    const { world, delivery } = await setUp([
      { fileId: 'a', size: 20_000_000, behaviour: { stallAfterBytes: 10_000_000 } },
    ]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No transfer was started');
    const copying = world.gateway.copy(await world.gateway.prepare(transfer));
    await vi.waitFor(async () => expect(await world.uploads()).toHaveLength(1));

    const messageId = await sendDeletion(world);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'applying' });
    expect(await world.file('a')).toMatchObject({ state: 'deleting' });
    await world.clock.advance(1000);
    await world.gateway.complete(await copying);
    await world.settle();

    expect(await isMarked(world, messageId)).toBe(true);
    await expectGone(world);
    expect(await world.eventsOf('a')).toEqual(['registered', 'deleted']);
    expect(await world.message(delivery), 'its delivery waits for it no more').toMatchObject({ state: 'marked' });
    expect(await world.message(messageId)).toMatchObject({ attempts: expect.toBeOneOf([1, 2]) });
    expect(await world.incidents()).toEqual([]);
  });

  it('whose transfer has died ends what it left in S3', async () => {
    const { world } = await setUp([{ fileId: 'a', size: 9_000_000 }]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No transfer was started');
    await world.gateway.copy(await world.gateway.prepare(transfer));
    expect(await world.uploads()).toHaveLength(1);
    const messageId = await sendDeletion(world);
    await world.settleUntilMarked(messageId);
    await expectGone(world);
    expect(await world.uploads()).toEqual([]);
  });

  it.each([
    ['seemed not to begin', 'prepare'],
    ['died', 'copy'],
  ] as const)('whose transfer %s waits for its lease', async (_what, step) => {
    const { world } = await setUp([{ fileId: 'a', size: 9_000_000 }]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No transfer was started');
    Object.assign(world.gateway, { [step]: () => Promise.reject(new Error('Lambda.TooManyRequestsException')) });
    await world.gateway.run(transfer);
    expect(await world.file('a')).toMatchObject({ state: 'pending' });
    await expectDeletedAfterLease(world);
  });

  it('whose transfer was started without an answer waits for its lease', async () => {
    const { world } = await setUp();
    vi.spyOn(world.gateway.transfers.sfn, 'send').mockImplementationOnce(() => Promise.reject(new Error('no answer')));
    await world.gateway.poll();
    await expect(world.gateway.handleQueued()).rejects.toThrow();
    expect(await world.file('a')).toMatchObject({ state: 'pending' });

    await expectDeletedAfterLease(world);
  });

  it('that is still to be fetched lets its delivery be done with the others', async () => {
    const { world, delivery } = await setUp([
      { fileId: 'a', size: 1000, behaviour: { corruptFirst: 1 } },
      { fileId: 'b', size: 1000 },
    ]);
    await world.settle();
    expect(await world.message(delivery)).toMatchObject({ state: 'working', filesLeft: 1 });

    const messageId = await sendDeletion(world);
    await world.settle();
    await world.clock.advance(leaseTime);
    await world.settle();
    await world.settle();

    expect(await isMarked(world, messageId)).toBe(true);
    expect(await world.message(delivery)).toMatchObject({ state: 'marked', filesLeft: 0 });
    await expectGone(world);
    expect(await world.file('b')).toMatchObject({ state: 'stored' });
  });

  it('that could not be fetched lets its held delivery be done', async () => {
    const files = [{ fileId: 'a', size: 1000, behaviour: { forbidden: true } }];
    const { world, delivery } = await setUp(files, { maxAttempts: 1 });
    await world.settle();
    expect(await world.message(delivery)).toMatchObject({ state: 'held' });
    await world.portal.setFaults({ inOrderMarking: true });
    await sendDeletion(world);
    await world.settle();
    await world.clock.advance(leaseTime);
    await world.settle();
    await expectGone(world);
    expect(await world.message(delivery)).toMatchObject({ state: 'marked' });
    expect(await world.portal.pending(), 'both are marked at once, and in order').toBe(0);
  });

  it('that stands behind its own delivery in the same list is in order', async () => {
    const { world, delivery } = await setUp();
    const messageId = await sendDeletion(world);
    await world.settleUntilMarked(messageId);
    await world.settleUntilMarked(delivery);
    await expectGone(world);
    expect(await world.incidents()).toEqual([]);
  });

  it('leaves a file alone whose id begins with its id', async () => {
    const { world } = await setUp([
      { fileId: 'a', size: 1000 },
      { fileId: 'a/b', size: 1000 },
      { fileId: 'ab', size: 9_000_000 },
      { fileId: 'abc', size: 1000 },
    ]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const started = world.gateway.started.splice(0);
    const large = started.find((each) => each.kind === 'delivery' && each.files.some(({ fileId }) => fileId === 'ab'));
    const others = started.find((each) => each !== large);
    if (!large || !others) throw new Error('The large file has an execution of its own');
    await world.gateway.run(others);
    await world.gateway.copy(await world.gateway.prepare(large));

    const messageId = await sendDeletion(world);
    await world.settle();

    expect(await isMarked(world, messageId)).toBe(true);
    await expectGone(world);
    expect(await world.objects()).toEqual(['projects/1001/files/a%2Fb', 'projects/1001/files/abc']);
    expect(await world.uploads()).toEqual(['projects/1001/files/ab']);
  });

  it('and its delivery anew makes it new', async () => {
    const { world } = await setUp();
    await world.settle();
    await sendDeletion(world);
    await world.settle();
    const again = await world.sendDelivery([{ fileId: 'a', size: 2000 }]);
    await world.settle();
    expect(await isMarked(world, again)).toBe(true);
    expect(await world.file('a')).toMatchObject({ state: 'stored', size: 2000, messageId: again });
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'deleted', 'registered', 'stored']);
  });

  it('that nobody knows is an incident, then marked', async () => {
    const world = await createWorld(services());
    const messageId = await sendDeletion(world, 'unknown');
    await world.settle();
    expect(await isMarked(world, messageId)).toBe(true);
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId, count: 1 }]);
  });

  it('behind a delivery that is held waits, however long', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 10 }], { change: () => 'no MD5' });
    const messageId = await sendDeletion(world);
    for (let minute = 0; minute < 30; minute++) {
      await world.settle();
      await world.clock.advance(61_000);
    }
    expect(await world.message(messageId)).toMatchObject({ state: 'open', attempts: 0 });
    expect(await world.incidents()).toHaveLength(1);
  });

  it('is repeated when S3 fails on the way', async () => {
    const { world } = await setUp();
    await world.settle();
    services().s3.faults.inject('DeleteObject', { status: 503, code: 'SlowDown' }, 3);
    const messageId = await sendDeletion(world);
    await world.settle();
    expect(await world.file('a')).toMatchObject({ state: 'deleting' });
    await world.settleUntilMarked(messageId);
    await expectGone(world);
    expect(await world.incidents()).toEqual([]);
  });
});

describe('the deletion of a file that is to be returned', () => {
  it('waits for a return that is healthy', async () => {
    const { world } = await setUp();
    await world.settle();
    const returned = await world.portal.send('ReturnDataFile', { fileId: 'a' });
    const messageId = await sendDeletion(world);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    expect(await world.file('a')).toMatchObject({ state: 'stored' });

    await world.gateway.work();
    await world.settle();

    expect(await isMarked(world, returned)).toBe(true);
    expect(await isMarked(world, messageId)).toBe(true);
    expect((await world.portal.snapshot()).received).toMatchObject([{ fileId: 'a' }]);
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'returned', 'deleted']);
  });

  it('makes one moot that has failed', async () => {
    const { world } = await setUp();
    await world.settle();
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /data/{fileId}'] }] });
    const returned = await world.portal.send('ReturnDataFile', { fileId: 'a' });
    await world.settle();
    expect(await world.message(returned)).toMatchObject({ state: 'working', attempts: 1 });

    const messageId = await sendDeletion(world);
    await world.settle();
    await world.settle();

    expect(await isMarked(world, messageId)).toBe(true);
    expect(await isMarked(world, returned)).toBe(true);
    expect(world.log.lines).toContainEqual(expect.objectContaining({ message: 'marked', messageId: returned }));
    await expectGone(world);
    expect(await world.transferEntries()).toEqual([]);
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'deleted']);
  });

  it('makes one moot whose file was never there', async () => {
    const files = [{ fileId: 'a', size: 1000, behaviour: { forbidden: true } }];
    const { world } = await setUp(files, { maxAttempts: 1 });
    const returned = await world.portal.send('ReturnDataFile', { fileId: 'a' });
    await world.settle();
    const messageId = await sendDeletion(world);
    await world.settleUntilMarked(messageId);
    await world.settle();
    expect(await isMarked(world, returned)).toBe(true);
    expect(await world.portal.pending()).toBe(0);
    await expectGone(world);
  });
});
