import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import type { FileBehaviour } from '../../infra/local/portal/faults.ts';
import { copyFiles } from '../../shared/files/copy/copy-files.ts';
import { FileLease } from '../../shared/files/copy/lease.ts';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { deliverySchema } from '../../shared/files/transfer.ts';
import type { Portal } from '../../shared/portal/client.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';
import { whileTimeGoesOn } from './meanwhile.ts';

const services = useServices();
const size = 20_000_000;

/** A transfer of these files that is about to copy. */
async function setUp(files: readonly { fileId: string; size: number; behaviour?: FileBehaviour }[]) {
  const world = await createWorld(services());
  await world.createProject();
  const messageId = await world.sendDelivery(files);
  await world.gateway.poll();
  await world.gateway.handleQueued();
  const [transfer] = world.gateway.started.splice(0);
  if (!transfer) throw new Error('No transfer was started');
  return { world, messageId, transfer };
}

const stalling = { fileId: 'a', size, behaviour: { ranges: false, stallAfterBytes: 10_000_000 } };

const uploadBegun = (world: World) =>
  vi.waitFor(async () => expect(await world.uploads()).toHaveLength(1), { timeout: 20_000 });

describe('a copy', () => {
  it('has ended only when its last renewal has: its lease is given back as it is', async () => {
    const { world, transfer } = await setUp([{ fileId: 'a', size }]);
    const { copying } = world.gateway;
    const [file] = deliverySchema.parse(transfer).files;
    if (!file) throw new Error('No file is copied');
    const row = { leaseUntil: world.clock.now() + leaseTime };
    const lease = new FileLease(copying, transfer, file, row, () => false, { firstByteTime: 0, floor: () => 0 });
    await world.clock.advance(500);

    await lease.during(async () => {
      void lease.resumeFrom({ uploadId: 'upload', parts: 1, bytes: 1, md5: '', crc: 0 });
    });

    expect(lease.returnable).toBe(world.clock.now() + leaseTime);
    expect(await world.file('a')).toMatchObject({ leaseUntil: lease.returnable });
  });

  it.each([
    ['of a file that is put at once', 6_000_000, 3_000_000, 0],
    ['of a part that is not stored yet', size, 10_000_000, 8 * 1024 ** 2],
  ])('tells which bytes have come %s', async (_what, size, stallAfterBytes, stored) => {
    const { world, transfer } = await setUp([{ fileId: 'a', size, behaviour: { ranges: false, stallAfterBytes } }]);
    const copying = world.gateway.copy(transfer);

    await vi.waitFor(
      async () => {
        await world.clock.advance(1_000);
        expect(await world.file('a')).toMatchObject({ bytesDone: stallAfterBytes, bytesTotal: size });
      },
      { timeout: 20_000 },
    );

    await whileTimeGoesOn(world, copying);
    expect((await world.file('a'))?.resume?.bytes ?? 0).toBe(stored);
  });

  it('renews its lease and its slot every second, and tells how far it is', async () => {
    const { world, transfer } = await setUp([stalling]);
    const copying = world.gateway.copy(transfer);
    await uploadBegun(world);

    await world.clock.advance(1000);

    const leaseUntil = world.clock.now() + leaseTime;
    await vi.waitFor(async () => expect(await world.file('a')).toMatchObject({ leaseUntil, bytesTotal: size }));
    await vi.waitFor(async () => {
      expect(await world.rows('control')).toContainEqual({ name: transfer.slot, holder: transfer.holder, leaseUntil });
    });
    await whileTimeGoesOn(world, copying);
    expect(await world.file('a')).toMatchObject({ bytesDone: 10_000_000, resume: { bytes: 8 * 1024 ** 2 } });
  });

  it.each([
    ['the portal', stalling],
    ['the portal before the first part', { fileId: 'a', size, behaviour: { stallAfterBytes: 100 } }],
    ['the portal in a small file', { fileId: 'a', size: 1000, behaviour: { stallAfterBytes: 100 } }],
  ])('is given up when %s stalls, and is tried again', async (_, file) => {
    const { world, messageId, transfer } = await setUp([file]);
    const begun = world.clock.now();

    const output = await whileTimeGoesOn(world, world.gateway.copy(transfer));

    expect(output.next).toBe('complete');
    expect(output.files).toMatchObject([
      { outcome: { kind: 'failed', retryable: true, error: expect.stringMatching(/stalled|too slow/) } },
    ]);
    expect(world.clock.now() - begun).toBeGreaterThan(leaseTime / 2);
    expect(await world.objects()).toEqual([]);
    await world.portal.setFileBehaviour('a', {});
    await world.gateway.complete(output);
    await world.settleUntilMarked(messageId);
    expect(await world.file('a')).toMatchObject({ state: 'stored', attempt: 2, checksumFailures: 0 });
  });

  it.each([
    ['large', { fileId: 'a', size, behaviour: { bytesPerSecond: 2_000 } }],
    ['small', { fileId: 'a', size: 1_000_000, behaviour: { bytesPerSecond: 2_000 } }],
  ])('of a %s file is given up when the portal drips, for others to have its slot', async (_, file) => {
    const { world, messageId, transfer } = await setUp([file]);
    const output = await whileTimeGoesOn(world, world.gateway.copy(transfer));
    const error = expect.stringMatching(/too slow: \d+ bytes a second, the minimum is 20000/);
    expect(output.files).toMatchObject([{ outcome: { kind: 'failed', retryable: true, error } }]);
    await world.gateway.complete(output);
    expect(await world.file('a')).toMatchObject({ state: 'pending', failures: 1 });
    expect((await world.file('a'))?.dueAt).toBeGreaterThan(world.clock.now() + 60_000);
    await world.portal.setFileBehaviour('a', {});
    await world.settleUntilMarked(messageId);
  });

  it('of a batch in which one file drips brings the others', async () => {
    const files = Array.from({ length: 20 }, (_, index) => ({ fileId: `file-${index}`, size: 100_000 }));
    const drips = { fileId: 'drips', size: 1_000_000, behaviour: { bytesPerSecond: 500 } };
    const { world, transfer } = await setUp([drips, ...files]);
    const output = await whileTimeGoesOn(world, world.gateway.copy(transfer));
    const kinds = output.files.map(({ fileId, outcome }) => [fileId, outcome?.kind]);
    expect(kinds).toEqual([['drips', 'failed'], ...files.map(({ fileId }) => [fileId, 'copied'])]);
  });

  it('is given up when S3 stalls', async () => {
    const { world, transfer } = await setUp([{ fileId: 'a', size }]);
    services().s3.faults.inject('UploadPart', { delay: 3000 }, 3);
    const output = await whileTimeGoesOn(world, world.gateway.copy(transfer));
    expect(output.files).toMatchObject([{ outcome: { kind: 'failed', error: expect.stringContaining('stalled') } }]);
    services().s3.faults.clear();
    expect(await world.objects()).toEqual([]);
  });

  it('ends when its file is being deleted, and what it did is dropped', async () => {
    const { world, transfer } = await setUp([stalling]);
    const copying = world.gateway.copy(transfer);
    await uploadBegun(world);
    const deletion = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settle();
    expect(await world.file('a')).toMatchObject({ state: 'deleting' });

    await world.clock.advance(1000);
    const output = await copying;

    expect(output).toMatchObject({ next: 'complete', files: [{ fileId: 'a', outcome: { kind: 'stopped' } }] });
    await world.gateway.complete(output);
    await world.settleUntilMarked(deletion);
    expect(await world.uploads()).toEqual([]);
    expect(await world.objects()).toEqual([]);
  });

  it('ends when another transfer has its file by now', async () => {
    const { world, transfer } = await setUp([stalling]);
    const copying = world.gateway.copy(transfer);
    await uploadBegun(world);
    await world.context.db.send(
      new UpdateCommand({
        TableName: world.tables.files,
        Key: { fileId: 'a' },
        UpdateExpression: 'SET attempt = :two',
        ExpressionAttributeValues: { ':two': 2 },
      }),
    );
    await world.clock.advance(1000);
    const output = await copying;
    await world.gateway.complete(output);
    expect(await world.file('a')).toMatchObject({ state: 'copying', attempt: 2 });
    expect(await world.objects()).toEqual([]);
  });

  it('ends when another transfer has its slot by now, and is tried again', async () => {
    const { world, messageId, transfer } = await setUp([stalling]);
    const copying = world.gateway.copy(transfer);
    await uploadBegun(world);
    const taken = { name: transfer.slot, holder: 'another', leaseUntil: world.clock.now() + leaseTime };
    await world.context.db.send(new PutCommand({ TableName: world.tables.control, Item: taken }));

    const output = await whileTimeGoesOn(world, copying);

    expect(output.files).toMatchObject([
      { outcome: { kind: 'failed', retryable: true, error: expect.stringContaining('slot') } },
    ]);
    await world.portal.setFileBehaviour('a', {});
    await world.gateway.complete(output);
    expect(await world.rows('control')).toContainEqual(taken);
    await world.settleUntilMarked(messageId);
  });

  it('writes nothing when its file was taken before it had anything to write', async () => {
    const { world, transfer } = await setUp([{ fileId: 'a', size: 1000 }]);
    await world.clock.advance(leaseTime);
    await world.gateway.poll();
    const [second] = world.gateway.started.splice(0);
    const late = await world.gateway.copy(transfer);
    expect(late).toMatchObject({ next: 'complete', files: [] });
    expect(await world.objects()).toEqual([]);
    if (!second) throw new Error('No second transfer was started');
    await world.gateway.run(second);
    expect(await world.file('a')).toMatchObject({ state: 'stored', attempt: 2 });
  });
});

describe('a batch', () => {
  it('whose time is up goes on with the rest at the next call', async () => {
    const files = Array.from({ length: 40 }, (_, index) => ({ fileId: `file-${index}`, size: 100 }));
    const { world, messageId, transfer } = await setUp(files);
    let asked = 0;

    const first = await world.gateway.copy(transfer, () => ++asked > 10);

    expect(first.next).toBe('copy');
    expect(first.files).toHaveLength(40);
    expect(first.files.filter((file) => file.outcome)).toHaveLength(10);
    const second = await world.gateway.copy(first);
    expect(second.next).toBe('complete');
    await world.gateway.complete(second);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked', filesLeft: 0 });
    const { served } = await world.portal.snapshot();
    expect([...served.values()].every(({ requests }) => requests === 1)).toBe(true);
  });

  it('that was begun by a clock an hour ahead, and died, keeps neither the file nor its deletion waiting', async () => {
    const { world, messageId, transfer } = await setUp([{ fileId: 'a', size: 100 }]);
    expect(transfer.kind).toBe('delivery');
    world.clock.goBack(3_600_000);
    await world.settleUntilMarked(messageId, 5);

    const next = await world.sendDelivery([{ fileId: 'b', size: 9_000_000 }]);
    await world.clock.advance(3_600_000);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    world.gateway.started.splice(0);
    world.clock.goBack(3_600_000);
    const deletion = await world.portal.send('DeleteDataFile', { fileId: 'b' });
    await world.settleUntilMarked(deletion, 8);
    await world.settleUntilMarked(next, 5);
  });

  it('whose time is up at once does nothing, and comes again', async () => {
    const { world, transfer } = await setUp([{ fileId: 'a', size: 100 }]);
    const output = await world.gateway.copy(transfer, () => true);
    expect(output).toEqual({ ...transfer, next: 'copy' });
  });

  it('keeps the files that are done, or wait for their turn, while others are slow', async () => {
    const files = Array.from({ length: 40 }, (_, index) => ({ fileId: `file-${index}`, size: 100 }));
    const { world, messageId, transfer } = await setUp(files);
    const { copying, io } = world.gateway;
    const waiting: (() => void)[] = [];
    const slow: Portal = {
      ...io.portal,
      async downloadFile(fileId, options) {
        if (fileId !== 'file-0') await new Promise<void>((resolve) => waiting.push(resolve));
        return io.portal.downloadFile(fileId, options);
      },
    };
    const copied = copyFiles(copying, { ...io, portal: slow }, deliverySchema.parse(transfer), () => false);

    // One file goes at once.
    for (const count of [16, 16, 7]) {
      await vi.waitFor(() => expect(waiting).toHaveLength(count));
      await world.clock.advance(25_000);
      await vi.waitFor(async () => {
        const rows = [...(await world.files(files.map(({ fileId }) => fileId))).values()];
        for (const { leaseUntil = 0 } of rows) expect(leaseUntil - world.clock.now()).toBeGreaterThan(leaseTime / 2);
      });
      await world.gateway.poll();
      expect(world.gateway.started, 'nothing is started once more').toEqual([]);
      for (const go of waiting.splice(0)) go();
    }

    await world.gateway.complete(await copied);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
  });
});
