import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { moveCursor, readCursor, readTransferQueue } from '../../shared/files/transfer/queue.ts';
import { transferPosition } from '../../shared/messages/transfers-line.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';
import { Outbox } from './outbox.ts';

const services = useServices();

/** So many files of each project are to be fetched. */
async function setUp(entries: Record<string, number> = {}, options: WorldOptions = {}) {
  const world = await createWorld(services(), options);
  for (const projectNo of Object.keys(entries)) await world.createProject(projectNo);
  for (const [projectNo, count] of Object.entries(entries)) {
    const files = Array.from({ length: count }, (_, index) => ({ fileId: `${projectNo}-${index}`, size: 10 }));
    await world.sendDelivery(files, { projectNo });
  }
  await begin(world);
  return world;
}

/** Polls and handles messages; transfers are left. */
async function begin(world: World) {
  await world.gateway.poll();
  await world.gateway.handleQueued();
}

/** The files of each line, and how long their pages are. */
async function readLines(
  world: World,
  ...from: Parameters<typeof readTransferQueue> extends [unknown, ...infer R] ? R : []
) {
  const lines: { fileIds: string[]; pages: number[] }[] = [];
  for await (const pages of readTransferQueue(world.context, ...from)) {
    const read = await Array.fromAsync(pages);
    if (read.length > 0)
      lines.push({ fileIds: read.flat().map(({ fileId }) => fileId), pages: read.map((page) => page.length) });
  }
  return lines;
}

describe('the entries of the line of transfers', () => {
  const counts = { '1001': 3, '1001/1': 2, '2002': 250, '3003': 1, '4-4': 101 };
  const names = (projectNo: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${projectNo}-${index}`);

  it('come line after line, once each, from the line after the cursor on, whose own is the last and begins at the cursor', async () => {
    const world = await setUp(counts);
    const all = await world.transferEntries();
    const inOrder = await readLines(world);
    expect(inOrder.map(({ fileIds }) => fileIds).toSorted()).toEqual(
      Object.entries(counts)
        .map(([projectNo, count]) => names(projectNo, count))
        .toSorted(),
    );

    await fc.assert(
      fc.asyncProperty(fc.nat(all.length - 1), async (index) => {
        const { position = '', fileId = '' } = all[index] ?? {};
        const read = await readLines(world, { position, since: world.clock.now() });
        expect(read.flatMap(({ fileIds }) => fileIds).toSorted()).toEqual(all.map((entry) => entry.fileId).toSorted());
        expect(Math.max(...read.flatMap(({ pages }) => pages))).toBeLessThanOrEqual(100);
        const own = inOrder.findIndex(({ fileIds }) => fileIds.includes(fileId));
        const others = [...inOrder.slice(own + 1), ...inOrder.slice(0, own)].map(({ fileIds }) => fileIds);
        expect(read.slice(0, -1).map(({ fileIds }) => fileIds)).toEqual(others);
        const line = inOrder[own]?.fileIds ?? [];
        const from = line.indexOf(fileId);
        expect(read.at(-1)?.fileIds).toEqual([...line.slice(from), ...line.slice(0, from)]);
      }),
      // A page that is full ends just at the cursor.
      { numRuns: 25, examples: [[all.findIndex(({ fileId }) => fileId === '4-4-99')], [all.length - 1]] },
    );
  });
});

describe('the cursor', () => {
  const [a, b] = ['1', '2'].map((number) => transferPosition('project#1001', 'delivery', number)) as [string, string];

  it('keeps for some seconds when somebody began with the first entry of its line', async () => {
    const world = await setUp();
    const { context, clock } = world;
    expect(await readCursor(context)).toBeUndefined();
    const since = clock.now();
    await moveCursor(context, undefined, a);
    await clock.advance(4_000);
    await moveCursor(context, await readCursor(context), b);
    expect(await readCursor(context)).toMatchObject({ position: b, since });
    await clock.advance(1_000);
    await moveCursor(context, await readCursor(context), b);
    expect(await readCursor(context)).toMatchObject({ position: b, since: since + 5_000 });
  });

  it('keeps nothing from being transferred that stands before it', async () => {
    const world = await setUp({ '1001': 3 });
    await moveCursor(world.context, undefined, transferPosition('project#1001', 'delivery', '9'));
    await world.settle();
    expect(await world.transferEntries()).toEqual([]);
    expect((await world.objects()).length).toBe(3);
  });
});

describe('projects share the slots', () => {
  /** The projects of the transfers, in the order in which they are run, with one slot. */
  async function order(world: World, most = 12): Promise<string[]> {
    const kinds: string[] = [];
    for (let count = 0; count < most; count++) {
      const [transfer] = world.gateway.started.splice(0);
      if (!transfer) break;
      const fileId = transfer.kind === 'delivery' ? transfer.files[0]?.fileId : transfer.fileId;
      kinds.push(`${transfer.kind} ${/\d{4}/.exec(fileId ?? '')?.[0]}`);
      await world.clock.advance(60_000);
      await world.gateway.run(transfer);
    }
    return kinds;
  }

  it('one transfer each in turn, however many one has and however long they take', async () => {
    const world = await createWorld(services(), { slots: 1 });
    const projects = ['1001', '2002', '3003'];
    for (const projectNo of projects) await world.createProject(projectNo);
    for (const projectNo of projects) {
      const count = projectNo === '1001' ? 6 : 2;
      const files = Array.from({ length: count }, (_, index) => ({
        fileId: `${projectNo}-${index}`,
        size: 8_400_000 + index,
      }));
      await world.sendDelivery(files, { projectNo });
      await begin(world);
    }
    const ran = (await order(world)).map((text) => text.slice(-4));
    expect(ran).toHaveLength(10);
    expect(ran.slice(1, 7).toSorted()).toEqual(['1001', '1001', '2002', '2002', '3003', '3003']);
    expect(ran.slice(7)).toEqual(['1001', '1001', '1001']);
  });

  it('with many results of one, a delivery of another is next, and its own before its results', async () => {
    const world = await createWorld(services(), { slots: 1 });
    const outbox = await Outbox.open(world, services());
    await world.createProject('1001');
    await world.createProject('2002');
    for (let index = 0; index < 30; index++) await outbox.put(`outbox/1001/${index}`);
    await outbox.register();
    for (const projectNo of ['1001', '2002'])
      await world.sendDelivery([{ fileId: projectNo, size: 10 }], { projectNo });
    await begin(world);
    const kinds = await order(world, 5);
    expect(kinds.slice(1, 3).toSorted()).toEqual(['delivery 1001', 'delivery 2002']);
    expect(kinds.filter((kind) => kind === 'result 1001')).toHaveLength(3);
  });
});
