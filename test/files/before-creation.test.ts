import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { useServices } from './file-services.ts';
import { createWorld, type World } from './files-fixture.ts';
import { Outbox } from './outbox.ts';

const services = useServices();
const Key = 'outbox/1001/results.csv';

afterEach(() => void vi.useRealTimers());

async function setUp() {
  const world = await createWorld(services());
  return { world, outbox: await Outbox.open(world, services()) };
}

/** Polls, sweeps and works as long as anything comes of it. */
async function settle(world: World, outbox: Outbox) {
  await outbox.register();
  await outbox.sweep();
  await world.gateway.work();
  await world.clock.advance(900_000);
  await outbox.sweep();
  await world.gateway.work();
}

const received = async (world: World) => (await world.portal.snapshot()).received;

/** Begins an upload in parts. @returns completes it */
async function beginUpload({ s3, bucket: Bucket }: World) {
  const target = { Bucket, Key };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(target));
  const part = { ...target, UploadId, PartNumber: 1 };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'another project' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  return () => s3.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload }));
}

describe('what was put before a project was created', () => {
  it.each(['told of', 'unseen'])('is removed, not sent, and a person is told: %s', async (news) => {
    const { world, outbox } = await setUp();
    await (news === 'told of' ? outbox.put(Key) : outbox.putUnseen(Key));
    if (news === 'told of') await outbox.register();

    await world.createProject();
    await settle(world, outbox);

    expect(await received(world)).toEqual([]);
    expect(await world.objects()).toEqual([]);
    expect(await world.eventsOf(Key)).toEqual(['deleted']);
    const removed = { kind: 'result-refused', subject: 'outbox/1001/ (removed)', state: 'open', count: 1 };
    const incidents = (await world.incidents()).toSorted((a, b) => (a.subject < b.subject ? 1 : -1));
    expect(incidents[0]).toMatchObject({ ...removed, found: expect.stringContaining(Key) });
    // It says that there is no such project.
    expect(incidents.slice(1)).toMatchObject(news === 'told of' ? [{ state: 'resolved' }] : []);
  });

  it('is sent when it is put again', async () => {
    const { world, outbox } = await setUp();
    await outbox.putUnseen(Key);
    await world.createProject();
    const md5 = await outbox.put(Key, 'the same again');
    await settle(world, outbox);
    expect(await received(world)).toMatchObject([{ projectNo: '1001', md5 }]);
  });

  it('of another project is left alone', async () => {
    const { world, outbox } = await setUp();
    await outbox.putUnseen('outbox/10010/results.csv');
    await world.createProject();
    expect(await world.objects()).toEqual(['outbox/10010/results.csv']);
  });

  it('but was recorded as put later by nothing but a wrong clock is refused, and stays', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 });
    await outbox.put(Key);
    await settle(world, outbox);
    expect(await received(world)).toEqual([]);
    expect(await world.objects()).toEqual([Key]);
    expect(await world.incidents()).toMatchObject([{ subject: 'outbox/1001/ (time)', count: 1 }]);
  });

  it('by less than clocks may differ is sent', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2_000 });
    await outbox.put(Key);
    await settle(world, outbox);
    expect(await received(world)).toHaveLength(1);
  });
});

describe('an upload in parts that was begun', () => {
  it('before a project was created can not be completed', async () => {
    const { world, outbox } = await setUp();
    const complete = await beginUpload(world);
    await world.createProject();
    await expect(complete()).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await settle(world, outbox);
    expect(await received(world)).toEqual([]);
  });

  it('after a project was deleted can not be completed when there is another one of its number', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await world.settleUntilMarked(await world.portal.send('DeleteProject', { projectNo: '1001' }));
    const complete = await beginUpload(world);
    await world.createProject();
    await expect(complete()).rejects.toMatchObject({ name: 'NoSuchUpload' });
    await settle(world, outbox);
    expect(await received(world)).toEqual([]);
  });

  it('while a project was deleted can not be completed', async () => {
    const { world } = await setUp();
    await world.createProject();
    const complete = await beginUpload(world);
    await world.settleUntilMarked(await world.portal.send('DeleteProject', { projectNo: '1001' }));
    await expect(complete()).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('long before a project was created, and escaped its end, is not sent', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 });
    const complete = await beginUpload(world);
    vi.useRealTimers();
    await complete();
    await settle(world, outbox);
    expect(await received(world)).toEqual([]);
    expect(await world.incidents()).toMatchObject([{ subject: 'outbox/1001/ (time)' }]);
  });

  it('in a project that exists is sent', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    const complete = await beginUpload(world);
    await complete();
    await settle(world, outbox);
    expect(await received(world)).toHaveLength(1);
  });
});
