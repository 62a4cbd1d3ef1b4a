import { AbortMultipartUploadCommand, CompleteMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { S3Fault } from '../../infra/local/s3/faults.ts';
import { useServices } from './file-services.ts';
import { createWorld } from './files-fixture.ts';

const services = useServices();
const size = 9_000_000;

/** A delivery of one large file, just before its first step. */
async function setUp() {
  const world = await createWorld(services());
  await world.createProject();
  const messageId = await world.sendDelivery([{ fileId: 'a', size }]);
  await world.gateway.poll();
  await world.gateway.handleQueued();
  const transfer = await takeStarted();

  async function takeStarted() {
    const [started] = world.gateway.started.splice(0);
    if (started?.kind !== 'delivery') throw new Error('No transfer was started');
    return started;
  }
  const copied = async () => world.gateway.copy(await world.gateway.prepare(transfer));
  const refuse = (code: string, status: number, times = 1) => {
    const fault: S3Fault = { status, code };
    services().s3.faults.inject('CompleteMultipartUpload', fault, times);
    onTestFinished(() => services().s3.faults.clear());
  };
  const expectStored = async () => {
    const row = await world.file('a');
    expect(row).toMatchObject({ state: 'stored', size });
    const object = await world.object(row?.objectKey ?? '');
    expect(object).toMatchObject({ md5: row?.checksum, size, checksumType: 'FULL_OBJECT' });
    expect(await world.uploads()).toEqual([]);
    expect(await world.incidents()).toEqual([]);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
  };
  return { world, messageId, copied, refuse, expectStored };
}

describe('completing an upload', () => {
  it('that S3 answers with 409 is done again, from the copy on, after the backoff', async () => {
    const { world, messageId, copied, refuse, expectStored } = await setUp();
    refuse('ConditionalRequestConflict', 409);

    await world.gateway.complete(await copied());

    expect(await world.file('a')).toMatchObject({
      state: 'pending',
      attempt: 1,
      lastError: expect.stringContaining('Conflict'),
    });
    expect(await world.objects()).toEqual([]);
    await world.settle();
    expect(await world.file('a')).toMatchObject({ attempt: 1 });
    await world.settleUntilMarked(messageId);
    await expectStored();
    expect(await world.file('a')).toMatchObject({ attempt: 2 });
  });

  it('that S3 is too busy for is done again later', async () => {
    const { world, messageId, copied, refuse, expectStored } = await setUp();
    refuse('SlowDown', 503, 3);
    await world.gateway.complete(await copied());
    expect(await world.file('a')).toMatchObject({ state: 'pending', checksumFailures: 0 });
    await world.settleUntilMarked(messageId);
    await expectStored();
  });

  it('that an earlier try has completed is success', async () => {
    const { world, copied, expectStored } = await setUp();
    services().s3.faults.inject('CompleteMultipartUpload', { cut: 'after' });
    await world.gateway.complete(await copied());
    await expectStored();
  });

  it('that a step before its crash has completed is success', async () => {
    const { world, copied, expectStored } = await setUp();
    const output = await copied();
    world.crashes.plan({ call: 2, when: 'after' });
    await world.crashes.invoke(() => world.gateway.complete(output));
    expect(world.crashes.calls.at(1)).toBe('CompleteMultipartUploadCommand');
    world.crashes.plan();

    await world.gateway.complete(output);

    await expectStored();
  });

  it('ends with the clock that the leases go by', async () => {
    const { world, copied } = await setUp();
    const output = await copied();
    world.clock.timeout = () => AbortSignal.abort();
    await world.gateway.complete(output);
    expect(await world.file('a')).toMatchObject({ state: 'pending', lastError: expect.stringContaining('abort') });
    expect(await world.objects()).toEqual([]);
  });

  it('may take S3 minutes, all within its lease', async () => {
    const { world, copied, expectStored } = await setUp();
    const output = await copied();
    const { timeout } = world.clock;
    const given: number[] = [];
    const leases: (number | undefined)[] = [];
    world.clock.timeout = (milliseconds) => {
      given.push(milliseconds);
      return timeout.call(world.clock, milliseconds);
    };
    world.s3.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === CompleteMultipartUploadCommand.name) leases.push((await world.file('a'))?.leaseUntil);
          return next(args);
        },
      { step: 'initialize', name: 'leases' },
    );
    await world.gateway.complete(output);
    expect(given[0]).toBeGreaterThanOrEqual(240_000);
    expect((leases[0] ?? 0) - world.clock.now()).toBeGreaterThan(given[0] ?? 0);
    await expectStored();
    expect(await world.file('a')).not.toHaveProperty('completesUntil');
  });

  it('that an answer of S3 leaves undone keeps no deletion waiting', async () => {
    const { world, copied, refuse } = await setUp();
    refuse('InvalidPart', 400);
    const output = await copied();
    await world.clock.advance(1000);
    await world.gateway.complete(output);
    expect(await world.file('a')).not.toHaveProperty('completesUntil');
    const messageId = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
  });

  it.each([
    ['done', undefined],
    ['undone', { status: 400, code: 'InvalidPart' }],
  ])('whose file begins to be deleted meanwhile is waited for no longer than until S3 has %s it', async (_, fault) => {
    const { world, copied } = await setUp();
    const output = await copied();
    const messageId = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    if (fault) services().s3.faults.inject('CompleteMultipartUpload', fault, 1);
    onTestFinished(() => services().s3.faults.clear());
    world.s3.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === CompleteMultipartUploadCommand.name) {
            await world.settle();
            expect(await world.message(messageId)).toMatchObject({ state: 'applying' });
          }
          return next(args);
        },
      { step: 'initialize', name: 'deletion' },
    );
    await world.gateway.complete(output);
    await world.settleUntilMarked(messageId, 3);
    expect(await world.objects()).toEqual([]);
    expect(await world.uploads()).toEqual([]);
  });

  it('that is cut off, and that S3 finishes after the deletion of its file, leaves no object', async () => {
    const { world, copied } = await setUp();
    const output = await copied();
    const { timeout } = world.clock;
    world.clock.timeout = () => AbortSignal.abort();
    await world.gateway.complete(output);
    world.clock.timeout = timeout;
    const Key = (await world.file('a'))?.objectKey ?? '';
    const messageId = await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settle();
    await world.clock.advance(5 * 60_000);
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'applying' });
    await world.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key, Body: 'what S3 completed' }));
    await world.settleUntilMarked(messageId, 20);
    expect(await world.objects()).toEqual([]);
    expect(await world.uploads()).toEqual([]);
  });

  it('whose object is there, and whose upload is gone when it is to be ended, is success', async () => {
    const { world, copied, expectStored } = await setUp();
    const output = await copied();
    services().s3.faults.inject('CompleteMultipartUpload', { cut: 'after' }, 1);
    services().s3.faults.inject('CompleteMultipartUpload', { status: 412, code: 'PreconditionFailed' }, 1);
    onTestFinished(() => services().s3.faults.clear());
    await world.gateway.complete(output);
    await expectStored();
  });

  it('that S3 has no more begins with an upload of its own', async () => {
    const { world, messageId, copied, expectStored } = await setUp();
    const output = await copied();
    const { resume, objectKey: Key } = (await world.file('a')) ?? {};
    const lost = { Bucket: world.bucket, Key, UploadId: resume?.uploadId };
    await world.s3.send(new AbortMultipartUploadCommand(lost));

    await world.gateway.complete(output);

    expect(await world.file('a')).toMatchObject({ state: 'pending', bytesDone: 0 });
    await world.settleUntilMarked(messageId);
    await expectStored();
    expect(await world.file('a')).toMatchObject({ attempt: 2 });
  });

  it('never replaces an object that is not ours: a person has to look', async () => {
    const { world, messageId, copied } = await setUp();
    const output = await copied();
    const Key = (await world.file('a'))?.objectKey;
    await world.s3.send(new PutObjectCommand({ Bucket: world.bucket, Key, Body: 'foreign' }));

    await world.gateway.complete(output);

    expect(await world.file('a')).toMatchObject({ state: 'failed' });
    expect(await world.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.incidents()).toMatchObject([{ kind: 'file-failed', subject: 'a', count: 1 }]);
    expect(await world.object(Key ?? '')).toMatchObject({ size: 7 });
    expect(await world.uploads()).toEqual([]);
  });

  it('asks S3 for the CRC32, the size and the absence of the object', async () => {
    const { world, copied } = await setUp();
    const output = await copied();
    const sent: unknown[] = [];
    world.s3.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName === CompleteMultipartUploadCommand.name) sent.push(args.input);
          return next(args);
        },
      { step: 'initialize', name: 'sent' },
    );

    await world.gateway.complete(output);

    const [file] = output.files;
    const upload = file?.outcome?.kind === 'copied' ? file.outcome.upload : undefined;
    expect(sent).toMatchObject([
      { ChecksumCRC32: upload?.crc32, ChecksumType: 'FULL_OBJECT', IfNoneMatch: '*', MpuObjectSize: size },
    ]);
  });
});

describe('a file that is taken from its transfer before it is completed', () => {
  it('stays invisible', async () => {
    const { world, copied } = await setUp();
    const output = await copied();
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settle();
    expect(await world.file('a')).toMatchObject({ state: 'deleting' });

    await world.gateway.complete(output);

    expect(await world.objects()).toEqual([]);
    expect(await world.eventsOf('a')).toEqual(['registered']);
  });

  it('is not taken for the same file of a later delivery', async () => {
    const { world, copied } = await setUp();
    const output = await copied();
    await world.portal.send('DeleteDataFile', { fileId: 'a' });
    await world.settleUntil(async () => (await world.file('a')) === undefined);
    const later = await world.sendDelivery([{ fileId: 'a', size }]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    expect(await world.file('a')).toMatchObject({ state: 'copying', messageId: later, attempt: 1 });

    await world.gateway.complete(output);

    expect(await world.file('a')).toMatchObject({ state: 'copying', messageId: later });
    expect(await world.message(later)).toMatchObject({ state: 'working' });
  });
});
