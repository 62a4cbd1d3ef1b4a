import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';

const services = useServices();
const small = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ fileId: `file-${index}`, size: index }));

async function setUp() {
  const world = await createWorld(services());
  await world.createProject();
  return world;
}

async function expectStored(world: World, fileIds: readonly string[]) {
  const rows = await world.files(fileIds);
  expect(rows.size).toBe(fileIds.length);
  for (const row of rows.values()) expect(row).toMatchObject({ state: 'stored' });
  expect((await world.objects()).toSorted()).toEqual([...rows.values()].map((row) => row.objectKey).toSorted());
  for (const { objectKey, checksum, size } of [...rows.values()].slice(0, 30)) {
    const metadata = { md5: checksum };
    expect(await world.object(objectKey)).toMatchObject({ md5: checksum, size, metadata });
  }
  expect(await world.uploads()).toEqual([]);
  expect(await world.transferEntries()).toEqual([]);
}

describe('a delivery', () => {
  it('of one file has it stored, recorded and marked', async () => {
    const world = await setUp();

    const messageId = await world.sendDelivery([{ fileId: 'a', size: 1000 }]);
    await world.settle();

    expect(await world.message(messageId)).toMatchObject({ state: 'marked', filesLeft: 0 });
    await expectStored(world, ['a']);
    expect(await world.file('a')).toMatchObject({ projectNo: '1001', messageId, attempt: 1, bytesDone: 1000 });
    expect(await world.eventsOf('a')).toEqual(['registered', 'stored']);
    expect(await world.rows('members')).toContainEqual({ projectNo: '1001', member: 'file#a' });
    expect(await world.portal.pending()).toBe(0);
  });

  it('of a large file makes an object whose whole CRC32 S3 has checked', async () => {
    const world = await setUp();
    await world.sendDelivery([{ fileId: 'a', size: 20_000_000 }]);
    await world.settle();
    await expectStored(world, ['a']);
    const object = await world.object((await world.file('a'))?.objectKey ?? '');
    expect(object).toMatchObject({ size: 20_000_000, crc32: expect.any(String), checksumType: 'FULL_OBJECT' });
  });

  it.each([20, 21, 30])('of %i files is stored', async (count) => {
    const world = await setUp();
    const files = small(count);
    const messageId = await world.sendDelivery(files);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', filesLeft: 0 });
    await expectStored(
      world,
      files.map(({ fileId }) => fileId),
    );
    expect(world.gateway.executionNames.size).toBe(1);
  });

  it('of 250 files is registered in batches, and goes on where a crash left it', async () => {
    const world = await setUp();
    const files = small(250);
    const fileIds = files.map(({ fileId }) => fileId);
    const messageId = await world.sendDelivery(files);
    await world.gateway.poll();
    world.crashes.plan({ call: 6, when: 'after' });
    await world.gateway.handleQueued();
    expect(world.crashes.happened).toBe(true);
    const registered = (await world.files(fileIds)).size;
    expect(registered).toBeGreaterThan(0);
    expect(registered).toBeLessThan(250);
    expect(await world.message(messageId)).toMatchObject({ state: 'applying', filesLeft: 250 });
    world.crashes.plan();

    await world.settle();
    expect(world.gateway.executionNames.size, 'nothing is moved before all is registered').toBe(0);
    await world.settleUntilMarked(messageId);

    expect(await world.message(messageId)).toMatchObject({ filesLeft: 0 });
    await expectStored(world, fileIds);
    expect(await world.eventsOf('file-249')).toEqual(['registered', 'stored']);
    expect(world.gateway.executionNames.size).toBe(3);
    expect(await world.incidents()).toEqual([]);
  });

  it('of no files is done at once', async () => {
    const world = await setUp();
    const messageId = await world.sendDelivery([]);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
  });

  it('is marked only after its last file is stored', async () => {
    const world = await setUp();
    const files = [20_000_000, 21_000_000].map((size) => ({ fileId: `${size}`, size }));
    const messageId = await world.sendDelivery(files);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const [first, second] = world.gateway.started.splice(0);
    if (!first || !second) throw new Error('Both are large: each has an execution');

    await world.gateway.run(first);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'working', filesLeft: 1 });
    expect(await world.portal.pending()).toBe(1);

    await world.gateway.run(second);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', filesLeft: 0 });
  });

  it('begins with no further file while all is paused', async () => {
    const world = await createWorld(services(), { slots: 1 });
    await world.createProject();
    const size = 9_000_000;
    const messageId = await world.sendDelivery([
      { fileId: 'a', size },
      { fileId: 'b', size },
    ]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const { db } = world.context;
    const pause = { TableName: world.tables.control, Key: { name: 'pause' } };
    await db.send(
      new PutCommand({ TableName: world.tables.control, Item: { ...pause.Key, since: world.clock.now() } }),
    );

    await world.gateway.work();
    const states = [await world.file('a'), await world.file('b')].map((row) => row?.state);
    expect(states.toSorted()).toEqual(['pending', 'stored']);

    await db.send(new DeleteCommand(pause));
    await world.settleUntilMarked(messageId);
  });

  it('whose files settle at the same time counts each', async () => {
    const world = await setUp();
    const files = Array.from({ length: 12 }, (_, index) => ({ fileId: `file-${index}`, size: 100 }));
    const messages: string[] = [];
    for (const half of [files.slice(0, 9), files.slice(9)]) messages.push(await world.sendDelivery(half));
    await world.gateway.poll();
    while ((await world.gateway.handleQueued()) > 0);
    const each = world.gateway.started
      .splice(0)
      .flatMap((transfer) =>
        transfer.kind === 'delivery' ? transfer.files.map((file) => ({ ...transfer, files: [file] })) : [],
      );
    expect(each).toHaveLength(12);

    await Promise.all(each.map((one) => world.gateway.run(one)));

    for (const messageId of messages) {
      expect(await world.message(messageId)).toMatchObject({ state: 'marked', filesLeft: 0 });
    }
    await expectStored(
      world,
      files.map(({ fileId }) => fileId),
    );
  });

  it('reads a checksum in upper case and with spaces around it', async () => {
    const world = await setUp();
    await world.sendDelivery([{ fileId: 'a', size: 100 }], { change: (checksum) => ` ${checksum.toUpperCase()}\n` });
    await world.settle();
    await expectStored(world, ['a']);
  });

  it.each([
    ['smaller than it is', 9_000_000, 7],
    ['larger than it is', 100, 2 ** 31 - 1],
    ['negative, as more than 2 GB are in 32 bits', 100, -2_147_483_648],
  ])('does not trust a size that is %s, but notes it', async (_, size, statedSize) => {
    const world = await setUp();
    const messageId = await world.sendDelivery([{ fileId: 'a', size, behaviour: { statedSize } }]);
    await world.settleUntilMarked(messageId);
    await expectStored(world, ['a']);
    expect(await world.file('a')).toMatchObject({ size, announcedSize: statedSize });
    const details = { size, announcedSize: statedSize, checksum: (await world.file('a'))?.checksum };
    expect(await world.rows('history')).toContainEqual(expect.objectContaining({ event: 'stored', details }));
    expect(await world.incidents()).toEqual([]);
  });

  it.each([
    ['small', 1000, undefined],
    ['large', 9_000_000, undefined],
    ['large, whose size was told wrong', 9_000_000, 3],
  ])('of a %s file that comes without Content-Length is stored', async (_, size, statedSize) => {
    const world = await setUp();
    const behaviour = { chunked: true, ...(statedSize === undefined ? {} : { statedSize }) };
    const messageId = await world.sendDelivery([{ fileId: 'a', size, behaviour }]);
    await world.settleUntilMarked(messageId);
    await expectStored(world, ['a']);
    expect((await world.file('a'))?.announcedSize).toBe(statedSize);
  });

  it.each(['a/b', '../..', '"quoted"', 'a%2Fb', '😀 file', 'é'.repeat(128), '#?&', '%sha256-x'])(
    'stores a file whose id is %j',
    async (fileId) => {
      const world = await setUp();
      await world.sendDelivery([{ fileId, size: 100 }]);
      await world.settle();
      await expectStored(world, [fileId]);
    },
  );
});

describe('a delivery of files that are known', () => {
  it('with the same MD5 is done without fetching them again', async () => {
    const world = await setUp();
    await world.sendDelivery([{ fileId: 'a', size: 100 }]);
    await world.settle();

    const messageId = await world.sendDelivery([
      { fileId: 'a', size: 100 },
      { fileId: 'b', size: 100 },
    ]);
    await world.settle();

    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    expect((await world.portal.snapshot()).served.get('a')).toMatchObject({ requests: 1 });
    await expectStored(world, ['a', 'b']);
  });

  it('with another MD5 is held', async () => {
    const world = await setUp();
    await world.sendDelivery([{ fileId: 'a', size: 100 }]);
    await world.settle();
    const before = await world.file('a');

    const messageId = await world.sendDelivery([{ fileId: 'a', size: 101 }]);
    await world.settle();

    expect(await world.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId, count: 1 }]);
    expect(await world.file('a')).toEqual(before);
  });

  it('in another project is held', async () => {
    const world = await setUp();
    await world.createProject('2002');
    await world.sendDelivery([{ fileId: 'a', size: 100 }]);
    await world.settle();
    const messageId = await world.sendDelivery([{ fileId: 'a', size: 100 }], { projectNo: '2002' });
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.file('a')).toMatchObject({ projectNo: '1001' });
  });
});

describe('a delivery that can not be', () => {
  it('is held when nobody knows the project', async () => {
    const world = await createWorld(services());
    const messageId = await world.sendDelivery([{ fileId: 'a', size: 100 }]);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId, count: 1 }]);
    expect(await world.portal.pending()).toBe(1);
  });

  it.each(['', 'd41d8cd98f00b204e9800998ecf8427', 'sha256:abc'])('is held when a checksum is %j', async (checksum) => {
    const world = await setUp();
    const files = [
      { fileId: 'fine', size: 1 },
      { fileId: 'a', size: 100 },
    ];
    const messageId = await world.sendDelivery(files, { change: () => checksum });
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.files(['fine', 'a'])).toEqual(new Map());
  });
});
