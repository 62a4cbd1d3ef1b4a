import { describe, expect, it, vi } from 'vitest';
import type { FaultRule } from '../../infra/local/portal/faults.ts';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { beginDeleting } from '../../shared/files/remove.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';
import { whileTimeGoesOn } from './meanwhile.ts';

const services = useServices();

/** A project with a file that is stored. */
async function setUp({
  fileId = 'a',
  size = 1000,
  ...options
}: WorldOptions & { fileId?: string; size?: number } = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  await world.sendDelivery([{ fileId, size }]);
  await world.settle();
  return world;
}

const sendReturn = (world: World, fileId = 'a') => world.portal.send('ReturnDataFile', { fileId });
const received = async (world: World) => (await world.portal.snapshot()).received;
const fault = (world: World, rule: FaultRule) =>
  world.portal.setFaults({ rules: [{ calls: ['POST /data/{fileId}'], ...rule }] });

describe('a file that is asked for', () => {
  it.each([0, 1000, 20_000_000])('goes back whole, with %i bytes; the message is marked', async (size) => {
    const world = await setUp({ size });
    const messageId = await sendReturn(world);

    await world.settle();

    const md5 = (await world.file('a'))?.checksum;
    expect(await received(world)).toMatchObject([{ call: 'POST /data/{fileId}', fileId: 'a', size, md5 }]);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'returned']);
    expect(await world.file('a')).toMatchObject({ state: 'stored' });
    expect(await world.transferEntries()).toEqual([]);
    expect((await world.portal.snapshot()).violations).toEqual([]);
  });

  it.each(['a/b', '../..', '"quoted"', 'a\\b', 'a%2Fb', '😀 file', 'é'.repeat(128), '😀'.repeat(64), '#?&', 'a\nb'])(
    'goes back whatever its id: %j',
    async (fileId) => {
      const world = await setUp({ fileId });
      const messageId = await sendReturn(world, fileId);
      await world.settle();
      const { lastError } = await world.message(messageId);
      expect(lastError).toBeUndefined();
      expect(await received(world)).toMatchObject([{ fileId, md5: (await world.file(fileId))?.checksum }]);
      expect((await world.portal.snapshot()).violations).toEqual([]);
    },
  );

  it('twice goes back twice', async () => {
    const world = await setUp();
    await sendReturn(world);
    await sendReturn(world);
    await world.settle();
    await world.settle();
    expect(await received(world)).toHaveLength(2);
    expect(await world.portal.pending()).toBe(0);
  });

  it('goes back once it is stored, whatever else of its delivery is not', async () => {
    const world = await createWorld(services());
    await world.createProject();
    const delivery = await world.sendDelivery([
      { fileId: 'late', size: 1000, behaviour: { corruptFirst: 1 } },
      { fileId: 'a', size: 1000 },
    ]);
    const forA = await sendReturn(world);
    const forLate = await sendReturn(world, 'late');

    await world.settle();

    expect(await received(world)).toMatchObject([{ fileId: 'a' }]);
    expect(await world.message(forA)).toMatchObject({ state: 'marked' });
    expect(await world.message(delivery)).toMatchObject({ state: 'working' });
    expect(await world.message(forLate)).toMatchObject({ state: 'working', attempts: 0 });
    await world.settleUntilMarked(forLate);
    expect(await received(world)).toMatchObject([{ fileId: 'a' }, { fileId: 'late' }]);
    expect(await world.incidents()).toEqual([]);
  });
});

describe('a return that fails', () => {
  it('is tried again after its backoff', async () => {
    const world = await setUp();
    await fault(world, { kind: 'status', status: 500, times: 1 });
    const messageId = await sendReturn(world);

    await world.settle();

    const dueAt = world.clock.now() + 105_000;
    expect(await world.message(messageId)).toMatchObject({ state: 'working', attempts: 1, dueAt });
    await world.settle();
    expect(await received(world)).toEqual([]);
    await world.settleUntilMarked(messageId);
    expect(await received(world)).toHaveLength(1);
    expect(await world.incidents()).toEqual([]);
  });

  it('is tried again when the connection is cut', async () => {
    const world = await setUp();
    await fault(world, { kind: 'cut', times: 1 });
    const messageId = await sendReturn(world);
    await world.settleUntilMarked(messageId);
    expect(await received(world)).toHaveLength(1);
  });

  it.each([1_000, 20_000_000])(
    'because the portal answers 200 before it has all %i bytes is tried again',
    async (size) => {
      const world = await setUp({ size });
      await fault(world, { kind: 'early', status: 200, ending: 'unread', times: 1 });
      const messageId = await sendReturn(world);
      await world.settle();
      expect(await world.message(messageId)).toMatchObject({
        state: 'working',
        lastError: expect.stringContaining('answered 200 before it had the whole file'),
      });
      await world.settleUntilMarked(messageId);
      expect(await received(world)).toMatchObject([{ fileId: 'a', size }]);
    },
  );

  it('because the portal does not know the file is left to a person after all attempts', async () => {
    const world = await setUp({ maxAttempts: 2 });
    await fault(world, { kind: 'status', status: 404 });
    const messageId = await sendReturn(world);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'working', attempts: 1 });
    await world.settleUntil(async () => (await world.message(messageId)).state === 'held');
    expect(await world.message(messageId)).toMatchObject({ heldFrom: 'working', attempts: 2 });
    expect(await world.incidents()).toMatchObject([
      { kind: 'attempts-used-up', messageId, count: 1, found: expect.stringContaining('404') },
    ]);
    expect(await world.transferEntries()).toEqual([]);
  });

  it('because the portal refuses the key is tried again, however long that lasts', async () => {
    const world = await setUp({ maxAttempts: 2 });
    await fault(world, { kind: 'status', status: 401, times: 4 });
    const messageId = await sendReturn(world);
    await world.settleUntilMarked(messageId);
    expect(await world.message(messageId)).toMatchObject({ attempts: 5, refusals: 4 });
    expect(await received(world)).toHaveLength(1);
    expect(await world.incidents()).toEqual([]);
  });

  it('as often as is allowed is left to a person', async () => {
    const world = await setUp({ maxAttempts: 3 });
    await fault(world, { kind: 'status', status: 500 });
    const messageId = await sendReturn(world);
    await world.settleUntil(async () => (await world.message(messageId)).state === 'held');
    expect((await world.portal.snapshot()).requests['POST /data/{fileId}']).toEqual({ 500: 3 });
    expect(await world.incidents()).toMatchObject([{ messageId, count: 1 }]);
  });

  it('without a word is started once more when its lease is over', async () => {
    const world = await setUp();
    const messageId = await sendReturn(world);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    expect(world.gateway.started.splice(0)).toHaveLength(1);
    await world.clock.advance(leaseTime - 1);
    await world.settle();
    expect(await received(world)).toEqual([]);
    await world.clock.advance(1);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', attempts: 2 });
    expect(await received(world)).toHaveLength(1);
  });

  it('in a step as a whole is tried again', async () => {
    const world = await setUp();
    const messageId = await sendReturn(world);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No transfer was started');
    await world.gateway.fail(transfer);
    expect(await world.message(messageId)).toMatchObject({ state: 'working', attempts: 1 });
    await world.settleUntilMarked(messageId);
  });

  it('while the file is being deleted is nothing for a person', async () => {
    const world = await setUp();
    const messageId = await sendReturn(world);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const file = await world.file('a');
    if (file) await beginDeleting(world.context, file, 'deletion');

    await world.gateway.work();

    expect(await world.message(messageId)).toMatchObject({ state: 'working', lastError: expect.any(String) });
    expect(await world.incidents()).toEqual([]);
  });

  it('because its file began to be deleted is nothing for a person either', async () => {
    const world = await setUp();
    await fault(world, { kind: 'hang', times: 1 });
    const messageId = await sendReturn(world);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No return was started');
    const { leaseUntil = 0 } = await world.message(messageId);
    const sending = world.gateway.send(transfer);
    await vi.waitFor(
      async () => {
        await world.clock.advance(1000);
        expect((await world.message(messageId)).leaseUntil).toBeGreaterThan(leaseUntil);
      },
      { timeout: 20_000 },
    );
    const file = await world.file('a');
    if (file) await beginDeleting(world.context, file, 'deletion');

    await world.gateway.complete(await whileTimeGoesOn(world, sending));

    expect(await world.message(messageId)).toMatchObject({ state: 'working' });
    expect(await world.incidents()).toEqual([]);
  });

  it('ends when it is not its transfer any more', async () => {
    const world = await setUp();
    await fault(world, { kind: 'hang', times: 1 });
    await sendReturn(world);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [transfer] = world.gateway.started.splice(0);
    if (transfer?.kind !== 'return') throw new Error('No return was started');
    const sending = world.gateway.send(transfer);
    await world.gateway.fail(transfer);
    await world.clock.advance(15_000);
    await world.clock.advance(105_000);
    await world.settle();
    expect(await whileTimeGoesOn(world, sending)).toMatchObject({
      outcome: { kind: 'failed', error: expect.stringContaining('no longer belongs to this transfer') },
    });
    expect(await received(world)).toHaveLength(1);
  });
});

describe('a return of a file that is not there', () => {
  it('is left to a person', async () => {
    const world = await createWorld(services());
    const messageId = await sendReturn(world, 'unknown');
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId, count: 1 }]);
  });
});

describe('the call for a return', () => {
  it.each([
    [1000, 'POST /data/{fileId}'],
    [1001, 'POST /data/large-file/{fileId}'],
  ])('of %i bytes, where forms may have 1,000, is %s', async (size, call) => {
    const world = await setUp({ size, maxFormBytes: 1000 });
    await sendReturn(world);
    await world.settle();
    const md5 = (await world.file('a'))?.checksum;
    expect(await received(world)).toMatchObject([{ call, fileId: 'a', size, md5 }]);
    expect((await world.portal.snapshot()).violations).toEqual([]);
  });

  it('that streams is made the other way when the portal does not take the first', async () => {
    const size = 3_000_000;
    const world = await setUp({ size, maxFormBytes: 1000 });
    await world.portal.setFaults({ streamingEncoding: 'multipart/form-data' });
    const messageId = await sendReturn(world);
    await world.settle();
    const { requests, violations } = await world.portal.snapshot();
    expect(requests['POST /data/large-file/{fileId}']).toEqual({ 200: 1, 415: 1 });
    expect(await received(world)).toMatchObject([{ size, md5: (await world.file('a'))?.checksum }]);
    expect(violations).toEqual([]);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', attempts: 1 });
  });

  it('goes on where the connection to S3 breaks', async () => {
    const size = 9_000_000;
    const world = await setUp({ size });
    const { faults } = services().s3;
    for (const afterBytes of [1_000_000, 3_000_000, 0]) faults.inject('GetObject', { cut: 'within', afterBytes });
    const messageId = await sendReturn(world);
    await world.settle();
    expect(await received(world)).toMatchObject([{ size, md5: (await world.file('a'))?.checksum }]);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', attempts: 1 });
    expect(await world.file('a')).toMatchObject({ state: 'stored', bytesDone: size });
  });

  it('fails where it breaks again and again without a byte', async () => {
    const world = await setUp({ size: 9_000_000 });
    const messageId = await sendReturn(world);
    services().s3.faults.inject('GetObject', { cut: 'within', afterBytes: 0 }, 4);
    await world.settle();
    expect(await received(world)).toEqual([]);
    expect(await world.message(messageId)).toMatchObject({ state: 'working', attempts: 1 });
    await world.settleUntilMarked(messageId);
  });
});
