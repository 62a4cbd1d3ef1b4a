import { describe, expect, it, vi } from 'vitest';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';

const services = useServices();

async function expectNothingLeft(world: World) {
  expect(await world.objects()).toEqual([]);
  expect(await world.uploads()).toEqual([]);
  for (const table of ['projects', 'members', 'users', 'files', 'lines'] as const) {
    expect(await world.rows(table), table).toEqual([]);
  }
  for (const message of await world.rows('messages')) {
    expect(message).not.toHaveProperty('raw');
    expect(message).not.toHaveProperty('rawKey');
  }
  expect(await world.portal.pending()).toBe(0);
}

describe('the deletion of a project', () => {
  it('with transfers under way and 300 files leaves nothing but history', async () => {
    const world = await createWorld(services(), { slots: 10 });
    await world.createProject();
    const stored = Array.from({ length: 300 }, (_, index) => ({ fileId: `file-${index}`, size: 10 }));
    await world.sendDelivery(stored);
    await world.settle();
    const behaviour = { stallAfterBytes: 10_000_000 };
    const delivery = await world.sendDelivery([
      { fileId: 'under way', size: 20_000_000, behaviour },
      { fileId: 'copied', size: 9_000_000 },
      { fileId: 'small', size: 10 },
      { fileId: 'forbidden', size: 10, behaviour: { forbidden: true } },
    ]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const started = world.gateway.started.splice(0);
    const [underWay, copied, small] = ['under way', 'copied', 'small'].map((id) =>
      started.find((each) => each.kind === 'delivery' && each.files.some(({ fileId }) => fileId === id)),
    );
    if (!underWay || !copied || !small) throw new Error('Three transfers should have been started');
    const copying = world.gateway.copy(underWay);
    const output = await world.gateway.copy(copied);
    await vi.waitFor(async () => expect(await world.uploads()).toHaveLength(2));

    const messageId = await world.portal.send('DeleteProject', { projectNo: '1001' });
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'applying' });
    await world.clock.advance(1000);
    await world.gateway.complete(await copying);
    await world.gateway.complete(output);
    await world.gateway.run(small);
    await world.settle();
    await world.settleUntilMarked(messageId, 2);
    await world.settle();

    await expectNothingLeft(world);
    expect(await world.message(delivery)).toMatchObject({ state: 'marked' });
    expect(await world.eventsOf('file-299')).toEqual(['registered', 'stored', 'deleted']);
    expect(await world.eventsOf('under way')).toEqual(['registered', 'deleted']);
    expect((await world.rows('control')).filter(({ name }) => `${name}`.startsWith('transfer-slot'))).toEqual(
      expect.arrayContaining([expect.objectContaining({ leaseUntil: 0 })]),
    );
  });

  it('dies at any time and goes on', async () => {
    const world = await createWorld(services());
    for (let call = 1; ; call++) {
      const projectNo = `${call}`;
      await world.createProject(projectNo);
      const files = ['a', 'b'].map((name) => ({ fileId: `${name}-${call}`, size: 10 }));
      await world.sendDelivery(files, { projectNo });
      await world.settle();
      const messageId = await world.portal.send('DeleteProject', { projectNo });
      await world.gateway.poll();
      world.crashes.plan({ call, when: 'after' });
      await world.gateway.handleQueued();
      const { happened } = world.crashes;
      world.crashes.plan();

      await world.settleUntilMarked(messageId);

      await expectNothingLeft(world);
      expect(await world.incidents()).toEqual([]);
      expect(await world.eventsOf(`a-${call}`)).toEqual(['registered', 'stored', 'deleted']);
      if (!happened) break;
    }
  });

  it('goes on where S3 was out of reach, and forgets no file before its object is gone', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 10 }]);
    await world.settle();
    const messageId = await world.portal.send('DeleteProject', { projectNo: '1001' });
    services().s3.faults.inject('DeleteObjects', { status: 503, code: 'SlowDown' }, 3);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'applying', attempts: 1 });
    expect(await world.file('a')).toMatchObject({ state: 'deleting' });
    expect(await world.objects()).toHaveLength(1);

    await world.settleUntilMarked(messageId);

    await expectNothingLeft(world);
    expect(await world.incidents()).toEqual([]);
  });

  it('begins anew when the project is created anew', async () => {
    const world = await createWorld(services());
    await world.createProject();
    await world.sendDelivery([{ fileId: 'a', size: 10 }]);
    await world.settle();
    await world.portal.send('DeleteProject', { projectNo: '1001' });
    await world.settle();
    await world.createProject();
    const again = await world.sendDelivery([{ fileId: 'a', size: 20 }]);
    await world.settle();
    expect(await world.message(again)).toMatchObject({ state: 'marked' });
    expect(await world.file('a')).toMatchObject({ state: 'stored', size: 20 });
  });
});
