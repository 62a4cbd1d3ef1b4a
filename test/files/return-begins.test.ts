import { describe, expect, it } from 'vitest';
import { settleStored } from '../../shared/files/settle.ts';
import { startTransfers } from '../../shared/files/start.ts';
import { justBefore } from './meanwhile.ts';
import { useServices } from './services.ts';
import { createWorld, type World } from './world.ts';

const services = useServices();

/**
 * A file that was stored after its return was asked for, and of the return no attempt was begun, for the file's own transfer
 * has the only slot yet: deletions may pass it.
 */
async function setUp() {
  const world = await createWorld(services(), { slots: 1 });
  await world.createProject();
  const delivery = await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
  const returned = await world.portal.send('ReturnDataFile', { fileId: 'a' });
  await world.gateway.poll();
  await world.gateway.handleQueued();
  const [transfer] = world.gateway.started.splice(0);
  if (!transfer) throw new Error('There is no transfer');
  await world.gateway.copy(transfer);
  await settleStored(world.gateway.transfers, delivery, [{ fileId: 'a', attempt: 1, size: 1000 }]);
  expect(await world.message(returned)).toMatchObject({ state: 'working', attempts: 0 });
  expect(await world.file('a')).toMatchObject({ state: 'stored' });
  return { world, beginReturn: () => startTransfers(world.gateway.transfers, transfer) };
}

const receivedBy = async ({ portal }: World) => (await portal.snapshot()).received.map(({ fileId }) => fileId);

async function expectSettled(world: World) {
  await world.settleUntil(async () => (await world.portal.pending()) === 0);
  expect(await world.file('a')).toBeUndefined();
  expect(await world.objects()).toEqual([]);
  expect(await world.rows('lines')).toEqual([]);
  expect(await world.incidents()).toEqual([]);
}

const deletions = { DeleteDataFile: { fileId: 'a' }, DeleteProject: { projectNo: '1001' } } as const;

describe('a return that begins just before a deletion', () => {
  it.each(Object.keys(deletions) as (keyof typeof deletions)[])('comes before %s', async (type) => {
    const { world, beginReturn } = await setUp();
    await world.portal.send(type, deletions[type]);
    justBefore(world, '"deleting"', beginReturn);
    await world.settle();
    expect(await receivedBy(world)).toEqual(['a']);
    await expectSettled(world);
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'returned', 'deleted']);
  });

  it('comes before DeleteProject that makes it moot', async () => {
    const { world, beginReturn } = await setUp();
    await world.portal.send('DeleteProject', { projectNo: '1001' });
    justBefore(world, '"superseded"', beginReturn);
    await world.settle();
    expect(await receivedBy(world)).toEqual(['a']);
    await expectSettled(world);
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored', 'returned', 'deleted']);
  });
});

describe('a return of a file whose deletion has just begun', () => {
  it('does not begin', async () => {
    const { world, beginReturn } = await setUp();
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    services().s3.faults.inject('DeleteObject', { status: 503, code: 'SlowDown' }, 3);
    justBefore(world, '"leaseUntil"', async () => {
      await world.gateway.poll();
      await world.gateway.handleQueued();
    });
    await beginReturn();
    expect(world.gateway.started).toEqual([]);
    await expectSettled(world);
    expect(await receivedBy(world)).toEqual([]);
  });

  it('is not waited for', async () => {
    const world = await createWorld(services(), { checksumTries: 1 });
    await world.createProject();
    await world.sendDelivery([
      { fileId: 'a', size: 1000 },
      { fileId: 'large', size: 8_400_000, behaviour: { corruptFirst: 99 } },
    ]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const transfers = Map.groupBy(world.gateway.started.splice(0), (transfer) =>
      JSON.stringify(transfer).includes('large'),
    );
    const run = async (isLarge: boolean) => {
      for (const transfer of transfers.get(isLarge) ?? []) await world.gateway.run(transfer);
    };
    await run(false);

    await world.portal.send('ReturnDataFile', { fileId: 'a' });
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    services().s3.faults.inject('DeleteObject', { status: 503, code: 'SlowDown' }, 3);
    justBefore(world, '"kind":"return"', async () => {
      await run(true);
      await world.gateway.poll();
      await world.gateway.handleQueued();
      expect(await world.file('a')).toMatchObject({ state: 'deleting' });
    });
    await world.settle();
    await world.settleUntil(async () => (await world.portal.pending()) === 1);
    expect(await world.file('a')).toBeUndefined();
  });
});
