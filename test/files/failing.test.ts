import { describe, expect, it } from 'vitest';
import type { FaultRule, FileBehaviour } from '../../infra/local/portal/faults.ts';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';

const services = useServices();

/** A delivery of one file that misbehaves and one that does not. */
async function setUp(behaviour: FileBehaviour, options: WorldOptions & { size?: number } = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  const messageId = await world.sendDelivery([
    { fileId: 'bad', size: options.size ?? 1000, behaviour },
    { fileId: 'good', size: 1000 },
  ]);
  return { world, messageId };
}

const requestsFor = async (world: World, fileId: string) =>
  (await world.portal.snapshot()).served.get(fileId)?.requests;

/** How often a file was asked for, whatever came of it. */
const requestsIn = async (world: World) =>
  Object.values((await world.portal.snapshot()).requests['GET /data/{fileId}'] ?? {}).reduce(
    (sum, count) => sum + count,
    0,
  );

describe('a file that fails', () => {
  it('once is fetched again after the backoff, and then stored', async () => {
    const { world, messageId } = await setUp({ corruptFirst: 1 });
    await world.settle();
    expect(await world.file('bad')).toMatchObject({
      state: 'pending',
      checksumFailures: 1,
      lastError: expect.stringContaining('MD5'),
      dueAt: world.clock.now() + 105_000,
    });
    expect(await world.file('good')).toMatchObject({ state: 'stored' });
    expect(await world.message(messageId)).toMatchObject({ state: 'working', filesLeft: 1 });

    await world.settleUntilMarked(messageId);

    const file = await world.file('bad');
    expect(file).toMatchObject({ state: 'stored', attempt: 2 });
    expect(file).not.toHaveProperty('lastError');
    expect(await world.incidents()).toEqual([]);
  });

  it('because the portal refuses the key is fetched when it takes it again, however long that lasts', async () => {
    const { world, messageId } = await setUp({}, { maxAttempts: 2 });
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 401, calls: ['GET /data/{fileId}'], times: 8 }] });
    await world.settle();
    expect(await world.file('bad')).toMatchObject({ state: 'pending', attempt: 1, failures: 0 });
    await world.settleUntilMarked(messageId);
    expect(await world.file('bad')).toMatchObject({ state: 'stored', attempt: 5 });
    expect(await world.incidents()).toEqual([]);
  });

  it('is not fetched before its time', async () => {
    const { world } = await setUp({ corruptFirst: 1 });
    await world.settle();
    await world.clock.advance(104_999);
    await world.settle();
    expect(await requestsFor(world, 'bad')).toBe(1);
    await world.clock.advance(1);
    await world.settle();
    expect(await requestsFor(world, 'bad')).toBe(2);
  });

  it.each([
    ['small', 1000, 3],
    ['large', 9_000_000, 6],
  ])(
    'its MD5 three times is left to a person, with its %s delivery, whose other files go on',
    async (_, size, requests) => {
      const { world, messageId } = await setUp({ corruptFirst: 99 }, { size });

      await world.settleUntil(async () => (await world.message(messageId)).state === 'held');

      expect(await world.file('bad')).toMatchObject({ state: 'failed', checksumFailures: 3, attempt: 3 });
      expect(await world.file('good')).toMatchObject({ state: 'stored' });
      expect(await world.message(messageId)).toMatchObject({ filesLeft: 1, heldFrom: 'working' });
      expect(await world.incidents()).toMatchObject([{ kind: 'file-failed', subject: 'bad', messageId, count: 1 }]);
      expect(await world.uploads()).toEqual([]);
      expect(await world.transferEntries()).toEqual([]);

      await world.clock.advance(24 * 3_600_000);
      await world.settle();
      expect(await requestsFor(world, 'bad')).toBe(requests);
      expect(await world.incidents()).toMatchObject([{ count: 1 }]);
      expect(await world.portal.pending()).toBe(1);
    },
  );

  it('because the portal does not give it to us is left to a person after all attempts', async () => {
    const { world, messageId } = await setUp({ forbidden: true }, { maxAttempts: 3 });
    await world.settle();
    expect(await world.file('bad')).toMatchObject({ state: 'pending', attempt: 1, failures: 1 });
    expect(await world.incidents()).toEqual([]);
    await world.settleUntil(async () => (await world.message(messageId)).state === 'held');
    expect(await world.file('bad')).toMatchObject({ state: 'failed', attempt: 3 });
    expect(await world.incidents()).toMatchObject([{ kind: 'file-failed', found: expect.stringContaining('403') }]);
  });

  it.each<[string, FaultRule]>([
    ['redirects', { kind: 'redirect' }],
    ['refusals', { kind: 'status', status: 403 }],
    ['ignorance', { kind: 'status', status: 404 }],
    ['pages of a proxy', { kind: 'html', status: 200 }],
    ['pages of a proxy that tell of an error', { kind: 'html', status: 404 }],
    ['broken connections', { kind: 'cut' }],
  ])('because of %s, for a while, is fetched when that is over', async (_, rule) => {
    const { world, messageId } = await setUp({}, { size: 9_000_000, checksumTries: 1 });
    await world.portal.setFaults({ rules: [{ ...rule, calls: ['GET /data/{fileId}'] }] });
    for (let minute = 0; minute < 10; minute++) {
      await world.settle();
      await world.clock.advance(61_000);
    }
    expect(await world.file('bad')).toMatchObject({ state: 'pending', checksumFailures: 0 });
    expect((await requestsIn(world)) / 2).toBeLessThan(10);
    await world.portal.clearFaults();
    await world.settleUntilMarked(messageId);
    expect(await world.incidents()).toEqual([]);
  });

  it('because the portal does not know it is left to a person after all attempts', async () => {
    const { world } = await setUp({}, { maxAttempts: 1 });
    const fileChecksum = 'd41d8cd98f00b204e9800998ecf8427e';
    const files = [{ fileId: 'nowhere', fileSize: 1, fileChecksum }];
    const messageId = await world.portal.send('DataDeliveryReady', { projectNo: '1001', files });
    await world.settle();
    await world.settle();
    expect(await world.file('nowhere')).toMatchObject({ state: 'failed', attempt: 1 });
    expect(await world.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.incidents()).toMatchObject([{ kind: 'file-failed', found: expect.stringContaining('404') }]);
  });

  it('to come whole as often as is allowed is left to a person', async () => {
    const { world, messageId } = await setUp({ dropAfterBytes: 0 }, { maxAttempts: 2 });
    await world.settleUntil(async () => (await world.message(messageId)).state === 'held');
    expect(await world.file('bad')).toMatchObject({ state: 'failed', attempt: 2, failures: 2, checksumFailures: 0 });
  });

  it('beside another of the same delivery leaves both to a person, each with an incident', async () => {
    const world = await createWorld(services(), { maxAttempts: 1 });
    await world.createProject();
    const files = ['a', 'b', 'c'].map((fileId) => ({ fileId, size: 10, behaviour: { forbidden: fileId !== 'b' } }));
    const messageId = await world.sendDelivery(files);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held', filesLeft: 2 });
    const subjects = (await world.incidents()).map(({ subject, count }) => [subject, count]);
    expect(subjects.toSorted()).toEqual([
      ['a', 1],
      ['c', 1],
    ]);
  });
});

describe('a transfer that dies without a word', () => {
  it('is started once more when its lease is over, not before', async () => {
    const { world, messageId } = await setUp({});
    await world.gateway.poll();
    await world.gateway.handleQueued();
    world.gateway.started.splice(0);

    await world.clock.advance(leaseTime - 1);
    await world.gateway.poll();
    expect(world.gateway.started).toEqual([]);
    await world.clock.advance(1);
    await world.settle();

    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    expect(await world.file('bad')).toMatchObject({ attempt: 2 });
    expect(world.gateway.executionNames.size).toBe(2);
  });

  it('again and again is given up, with one incident for each file', async () => {
    const { world, messageId } = await setUp({}, { maxAttempts: 3 });
    for (let attempt = 0; attempt < 5; attempt++) {
      await world.gateway.poll();
      await world.gateway.handleQueued();
      world.gateway.started.splice(0);
      await world.clock.advance(leaseTime);
    }
    expect(world.gateway.executionNames.size).toBe(3);
    expect(await world.message(messageId)).toMatchObject({ state: 'held', filesLeft: 2 });
    expect(await world.file('bad')).toMatchObject({ state: 'failed' });
    expect(await world.incidents()).toMatchObject([{ count: 1 }, { count: 1 }]);
    expect(await world.transferEntries()).toEqual([]);
  });

  it('leaves its unfinished upload, which the next attempt ends', async () => {
    const { world, messageId } = await setUp({}, { size: 9_000_000 });
    world.gateway.afterCrash = 'lost';
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const transfer = world.gateway.started
      .splice(0)
      .find((each) => each.kind === 'delivery' && each.files[0]?.fileId === 'bad');
    if (!transfer) throw new Error('The large file has an execution of its own');
    await world.gateway.copy(await world.gateway.prepare(transfer));
    expect(await world.uploads()).toHaveLength(1);

    await world.settleUntilMarked(messageId);

    expect(await world.uploads()).toEqual([]);
    expect(await world.file('bad')).toMatchObject({ state: 'stored', attempt: 2 });
  });

  it('is tried again after a step that failed as a whole', async () => {
    const { world, messageId } = await setUp({});
    services().s3.faults.inject('PutObject', { status: 400, code: 'InvalidRequest' }, 2);
    await world.settle();
    expect(await world.file('bad')).toMatchObject({ state: 'pending' });
    await world.settleUntilMarked(messageId);
  });
});

describe('transfers that are started at the same time', () => {
  it('take no more slots than there are', async () => {
    const world = await createWorld(services(), { slots: 3 });
    await world.createProject();
    const files = Array.from({ length: 8 }, (_, index) => ({ fileId: `${index}`, size: 9_000_000 + index }));
    const messageId = await world.sendDelivery(files);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    await world.gateway.poll();
    expect(world.gateway.started).toHaveLength(3);
    expect(new Set(world.gateway.started.map(({ slot }) => slot)).size).toBe(3);

    await world.settle();

    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    expect(world.gateway.executionNames.size).toBe(8);
  });

  it('by several callers are started once, without an error', async () => {
    const world = await createWorld(services(), { slots: 20 });
    await world.createProject();
    const files = Array.from({ length: 60 }, (_, index) => ({ fileId: `${index}`, size: 10 }));
    const messageId = await world.sendDelivery(files);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    world.gateway.started.splice(0);
    await world.clock.advance(leaseTime);

    await Promise.all(Array.from({ length: 4 }, () => world.gateway.startTransfers()));

    const ids = world.gateway.started.flatMap((each) => (each.kind === 'delivery' ? each.files : []));
    expect(ids.map(({ fileId }) => fileId).toSorted()).toEqual(files.map(({ fileId }) => fileId).toSorted());
    await world.gateway.work();
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
  });
});

describe('while Step Functions is out of reach', () => {
  it('transfers pause longer and longer, and are started when it is back', async () => {
    const world = await createWorld(services());
    await world.createProject();
    const messageId = await world.sendDelivery([{ fileId: 'file', size: 10 }]);
    const { sfn } = world.gateway.transfers;
    world.gateway.transfers.sfn = { send: () => Promise.reject(new Error('no route')) };
    await world.gateway.poll();
    await expect(world.gateway.handleQueued()).rejects.toThrow('no route');
    expect(await world.file('file')).toMatchObject({
      state: 'pending',
      attempt: 1,
      lastError: 'Error: no route',
      dueAt: world.clock.now() + 105_000,
    });

    world.gateway.transfers.sfn = sfn;
    await world.settleUntilMarked(messageId);

    expect(await world.file('file')).toMatchObject({ state: 'stored', attempt: 2 });
  });
});
