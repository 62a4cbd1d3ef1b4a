import { describe, expect, it } from 'vitest';
import { commitAction } from '../../shared/decisions/context.ts';
import { planDismissal } from '../../shared/decisions/dismiss.ts';
import type { IncidentRow } from '../../shared/operations/incidents.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';
import { justBefore } from './meanwhile.ts';

const services = useServices();

/**
 * A stored file whose return is stuck, for a delivery before it is held: deletions may pass it. `beginReturn` has a person dismiss
 * what is held, and the return begin.
 */
async function setUp() {
  const world = await createWorld(services());
  await world.createProject();
  await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
  await world.settle();
  const held = await world.sendDelivery([{ fileId: 'b', size: 10 }], { change: () => 'no MD5' });
  const returned = await world.portal.send('ReturnDataFile', { fileId: 'a' });
  await world.settle();
  expect(await world.message(held)).toMatchObject({ state: 'held' });
  expect(await world.message(returned)).toMatchObject({ state: 'open' });
  const beginReturn = async () => {
    const incident = (await world.incidents()).find(({ messageId }) => messageId === held);
    const desk = { ...world.context, tables: world.tables };
    const action = await planDismissal(desk, incident as IncidentRow, false);
    expect(await commitAction(desk, action, { by: 'test', reason: 'test' })).toBe(true);
    await world.gateway.handlers.ReturnDataFile.handle(returned, world.clock.now() + 28_000);
  };
  return { world, returned, beginReturn };
}

const receivedBy = async ({ portal }: World) => (await portal.snapshot()).received.map(({ fileId }) => fileId);

async function expectSettled(world: World) {
  await world.settleUntil(async () => (await world.portal.pending()) === 0);
  expect(await world.file('a')).toBeUndefined();
  expect(await world.objects()).toEqual([]);
  expect(await world.rows('lines')).toEqual([]);
  expect((await world.incidents()).map(({ kind }) => kind)).toEqual(['mismatch']);
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
  it('does not begin, and is an incident', async () => {
    const { world, returned, beginReturn } = await setUp();
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    services().s3.faults.inject('DeleteObject', { status: 503, code: 'SlowDown' }, 3);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    expect(await world.file('a')).toMatchObject({ state: 'deleting' });
    await beginReturn();
    expect(await world.message(returned)).toMatchObject({ state: 'held' });
    expect(world.gateway.started).toEqual([]);
    await world.settleUntil(async () => (await world.portal.pending()) === 0);
    expect(await receivedBy(world)).toEqual([]);
    expect(await world.incidents()).toContainEqual(
      expect.objectContaining({ kind: 'return-superseded', messageId: returned }),
    );
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
