import type { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, vi } from 'vitest';
import type { FileBehaviour } from '../../infra/local/portal/faults.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';

const services = useServices();

/** A delivery of one file that misbehaves. */
async function setUp(size: number, behaviour: FileBehaviour, options: WorldOptions = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  const messageId = await world.sendDelivery([{ fileId: 'a', size, behaviour }]);
  return { world, messageId };
}

async function expectNothingInS3(world: World) {
  expect(await world.objects()).toEqual([]);
  expect(await world.uploads()).toEqual([]);
}

describe.each([
  ['small', 1000],
  ['large', 9_000_000],
])('a %s file', (_, size) => {
  it.each([1, 2])('that comes with a wrong MD5 is fetched as often as is set, %i times', async (checksumTries) => {
    const { world, messageId } = await setUp(size, { corruptFirst: 99 }, { checksumTries });
    for (let attempt = 1; attempt < checksumTries; attempt++) {
      await world.settle();
      expect(await world.file('a')).toMatchObject({ state: 'pending', checksumFailures: attempt, attempt });
      await expectNothingInS3(world);
      await world.clock.advance(10 * 60_000);
    }

    await world.settle();

    expect(await world.file('a')).toMatchObject({ state: 'failed', attempt: checksumTries });
    expect(await world.message(messageId)).toMatchObject({ state: 'held', filesLeft: 1 });
    const expected = expect.stringContaining((await world.file('a'))?.checksum ?? 'MD5');
    expect(await world.incidents()).toMatchObject([
      { kind: 'file-failed', subject: 'a', messageId, expected, count: 1 },
    ]);
    await expectNothingInS3(world);
    expect(await world.portal.pending()).toBe(1);
  });

  it('that ends too early as if it were whole is fetched again', async () => {
    const { world, messageId } = await setUp(size, { truncateFirst: 1 });
    await world.settleUntilMarked(messageId);
    const { objectKey = '', checksum: md5 } = (await world.file('a')) ?? {};
    expect(await world.object(objectKey)).toMatchObject({ md5, size });
    expect(await world.uploads()).toEqual([]);
    expect(await world.incidents()).toEqual([]);
  });
});

describe('a file of which two servers behind one address tell', () => {
  const size = 40_000_000;
  /** One answer by the one server, the next by the other. */
  const alternating = (one: FileBehaviour, other: FileBehaviour) =>
    Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : other)) as [FileBehaviour, ...FileBehaviour[]];

  it('two lengths is left to a person, however far each copy comes', async () => {
    const world = await createWorld(services(), { maxAttempts: 3 });
    await world.createProject();
    const { fileChecksum } = await world.portal.addFile({ fileId: 'a', size }, { ranges: false });
    const files = [{ fileId: 'a', fileChecksum }];
    const messageId = await world.portal.send('DataDeliveryReady', { projectNo: '1001', files });
    const cut = { ranges: false, dropAfterBytes: 20_000_000 };
    await world.portal.setFileBehaviour('a', alternating({ ...cut, size }, { ...cut, size: size + 1 }));

    await world.settleUntil(async () => (await world.message(messageId)).state === 'held');

    expect(await world.file('a')).toMatchObject({ state: 'failed', restarts: 3 });
    expect(await world.incidents()).toMatchObject([{ kind: 'file-failed', subject: 'a', count: 1 }]);
    await expectNothingInS3(world);
  });

  it('two ETags is fetched once', async () => {
    const behaviour = alternating({ etag: '1', dropAfterBytes: 7_000_000 }, { etag: '2', dropAfterBytes: 7_000_000 });
    const world = await createWorld(services());
    await world.createProject();
    const { fileChecksum, ...file } = await world.portal.addFile({ fileId: 'a', size }, behaviour);
    const messageId = await world.portal.send('DataDeliveryReady', {
      projectNo: '1001',
      files: [{ ...file, fileChecksum }],
    });
    await world.settleUntilMarked(messageId);
    expect(await world.file('a')).toMatchObject({ state: 'stored', attempt: 1 });
    expect((await world.portal.snapshot()).served.get('a')).toMatchObject({ bytes: size });
  });
});

it('a file that is given up on its way leaves nothing of what was copied', async () => {
  const { world, messageId } = await setUp(20_000_000, {}, { maxAttempts: 1 });
  await world.gateway.poll();
  await world.gateway.handleQueued();
  const [transfer] = world.gateway.started.splice(0);
  if (!transfer) throw new Error('No transfer was started');
  let asked = 0;
  const paused = await world.gateway.copy(await world.gateway.prepare(transfer), () => asked++ > 0);
  expect(await world.uploads()).toHaveLength(1);
  await world.portal.setFileBehaviour('a', { forbidden: true });

  await world.gateway.complete(await world.gateway.copy(paused));
  await world.settleUntil(async () => (await world.message(messageId)).state === 'held');

  expect(await world.file('a')).toMatchObject({ state: 'failed' });
  expect(await world.file('a')).not.toHaveProperty('resume');
  expect(await world.incidents()).toMatchObject([{ kind: 'file-failed', found: expect.stringContaining('403') }]);
  await expectNothingInS3(world);
});

it('an upload that is begun while its file is given up does not stay', async () => {
  const { world } = await setUp(20_000_000, {}, { maxAttempts: 1 });
  await world.gateway.poll();
  await world.gateway.handleQueued();
  const [transfer] = world.gateway.started.splice(0);
  if (!transfer) throw new Error('No transfer was started');
  const prepared = await world.gateway.prepare(transfer);
  const { s3 } = world.gateway.transfers.bucket;
  const send = s3.send.bind(s3);
  vi.spyOn(s3, 'send').mockImplementationOnce(async (command: object) => {
    const listed = await send(command as ListMultipartUploadsCommand);
    let asked = 0;
    await world.gateway.copy(prepared, () => asked++ > 0);
    expect(await world.uploads()).toHaveLength(1);
    return listed;
  });

  await world.gateway.fail(prepared);

  expect(await world.file('a')).toMatchObject({ state: 'failed' });
  await expectNothingInS3(world);
});

describe('a checksum that is no MD5', () => {
  it('is an incident at once; nothing is fetched, and other projects and revocations go on', async () => {
    const world = await createWorld(services());
    await world.createProject('1001');
    await world.createProject('2002');
    await world.sendDelivery([{ fileId: 'old', size: 10 }]);
    await world.settle();
    const change = () => 'sha256:2c26b46b68ffc68ff99b453c1d304134';
    const messageId = await world.sendDelivery([{ fileId: 'a', size: 10 }], { change });
    const other = await world.sendDelivery([{ fileId: 'b', size: 10 }], { projectNo: '2002' });
    const deletion = await world.portal.send('DeleteDataFile', { fileId: 'old' });

    await world.settle();

    expect(await world.message(messageId)).toMatchObject({ state: 'held', attempts: 1 });
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId, count: 1 }]);
    expect(await world.file('a')).toBeUndefined();
    expect((await world.portal.snapshot()).served.has('a')).toBe(false);
    for (const id of [other, deletion]) expect(await world.message(id)).toMatchObject({ state: 'marked' });
    expect(await world.objects()).toEqual(['projects/2002/files/b']);
    await world.clock.advance(24 * 3_600_000);
    await world.settle();
    expect(await world.incidents()).toMatchObject([{ count: 1 }]);
    expect(await world.portal.pending()).toBe(1);
  });
});
