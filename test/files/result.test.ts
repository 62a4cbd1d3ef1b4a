import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FaultRule } from '../../infra/local/portal/faults.ts';
import { byTaskMetadata } from '../../shared/files/result.ts';
import { forEachConcurrently } from '../../shared/platform/concurrency.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';
import { Outbox } from './outbox.ts';

const services = useServices();
const form = 'POST /data/project/{projectNo}';
const stream = 'POST /data/project/{projectNo}/{fileName}';
const key = 'outbox/1001/results.csv';

/** A project that exists, and its outbox. */
async function setUp(options: WorldOptions = {}) {
  const world = await createWorld(services(), options);
  await world.createProject();
  return { world, outbox: await Outbox.open(world, services()) };
}

const received = async (world: World) => (await world.portal.snapshot()).received;
const fault = (world: World, rule: FaultRule) => world.portal.setFaults({ rules: [{ calls: [form], ...rule }] });

/** The transfer that has been started and does not run yet. */
function startedIn({ gateway }: World) {
  const [transfer] = gateway.started.splice(0);
  if (transfer?.kind !== 'result') throw new Error('No result was started');
  return transfer;
}

/** S3 tells when an object was put in whole seconds: what is put from now on is put later. */
function nextSecond() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1000 });
}
afterEach(() => void vi.useRealTimers());

describe('an object put into the outbox', () => {
  it.each([0, 1000, 9_000_000])('of %i bytes is sent to DST, and gone then', async (size) => {
    const { world, outbox } = await setUp();
    const md5 = await outbox.put(key, Buffer.alloc(size, 'result '));

    await outbox.register();
    await world.gateway.work();

    expect(await received(world)).toMatchObject([
      { call: form, projectNo: '1001', fileName: 'results.csv', size, md5 },
    ]);
    expect(await world.row(key)).toMatchObject({ state: 'sent', projectNo: '1001', size, bytesDone: size, attempt: 1 });
    expect(await world.eventsOf(key)).toEqual(['registered', 'sent']);
    expect(await world.objects()).toEqual([]);
    expect(await world.transferEntries()).toEqual([]);
    expect(await world.incidents()).toEqual([]);
    expect((await world.portal.snapshot()).violations).toEqual([]);
  });

  it.each(['my results 2025.csv', 'a+b.csv', 'a%2Fb.csv', 'Å"é\'😀.csv', '#?&=;,', 'x'.repeat(256)])(
    'keeps its name: %j',
    async (fileName) => {
      const { world, outbox } = await setUp();
      await outbox.put(`outbox/1001/${fileName}`);
      await outbox.register();
      await world.gateway.work();
      // A form has its quotes as browsers write them.
      expect(await received(world)).toMatchObject([{ projectNo: '1001', fileName: fileName.replaceAll('"', '%22') }]);
      expect((await world.portal.snapshot()).violations).toEqual([]);
    },
  );

  it.each([
    [byTaskMetadata, 'task'],
    [{}, 'send'],
  ])('with metadata %j goes by %s, whatever its size', async (metadata, next) => {
    const { world, outbox } = await setUp();
    await outbox.put(key, 'small', metadata);
    await outbox.register();
    const transfer = startedIn(world);
    expect(await world.gateway.prepare(transfer)).toMatchObject({ next });
    await world.gateway.run(transfer);
    expect(await received(world)).toMatchObject([{ fileName: 'results.csv', size: 5 }]);
    expect(await world.row(key)).toMatchObject({ state: 'sent' });
  });

  it('goes to the project that its folder names, however it is written', async () => {
    const { world, outbox } = await setUp();
    await world.createProject('a/b 1');
    await outbox.put('outbox/a%2Fb%201/results.csv');
    await outbox.register();
    await world.gateway.work();
    expect(await received(world)).toMatchObject([{ projectNo: 'a/b 1', fileName: 'results.csv' }]);
  });

  it.each([
    [1000, form],
    [1001, stream],
  ])('of %i bytes, where forms may have 1,000, goes by %s', async (size, call) => {
    const { world, outbox } = await setUp({ maxFormBytes: 1000 });
    const md5 = await outbox.put(key, Buffer.alloc(size, 'result'));
    await outbox.register();
    await world.gateway.work();
    expect(await received(world)).toMatchObject([{ call, projectNo: '1001', fileName: 'results.csv', size, md5 }]);
  });

  it('that is streamed goes the other way when the portal does not take the first', async () => {
    const { world, outbox } = await setUp({ maxFormBytes: 1000 });
    await world.portal.setFaults({ streamingEncoding: 'multipart/form-data' });
    const md5 = await outbox.put(key, Buffer.alloc(2_000_000, 'result'));
    await outbox.register();
    await world.gateway.work();
    expect((await world.portal.snapshot()).requests[stream]).toEqual({ 200: 1, 415: 1 });
    expect(await received(world)).toMatchObject([{ size: 2_000_000, md5 }]);
  });

  it('is sent once, however often S3 tells of it', async () => {
    const { world, outbox } = await setUp();
    await outbox.put(key);
    const news = await outbox.takeNews();

    await outbox.register([...news, ...news]);
    await outbox.register(news);
    const sending = world.gateway.send(startedIn(world));
    await outbox.register(news);
    await world.gateway.complete(await sending);
    await outbox.register(news);
    await world.settle();

    expect(await received(world)).toHaveLength(1);
    expect(await world.eventsOf(key)).toEqual(['registered', 'sent']);
  });

  it('again, when it was sent, is sent again, even if it is the same content', async () => {
    const { world, outbox } = await setUp();
    for (const content of ['first', 'second', 'second']) {
      nextSecond();
      await outbox.put(key, content);
      await outbox.register();
      await world.gateway.work();
    }
    expect((await received(world)).map(({ size }) => size)).toEqual([5, 6, 6]);
    expect(await world.eventsOf(key)).toEqual(['registered', 'sent', 'registered', 'sent', 'registered', 'sent']);
    expect(await world.objects()).toEqual([]);
  });

  it('of which no news came is found by the sweep, behind a thousand others', async () => {
    const { world, outbox } = await setUp();
    await forEachConcurrently(Array(1001).keys(), 50, (index) => world.putObject(`outbox/1001/folder-${index}/`));
    await world.putObject('outbox/1001/results.csv');
    for (let told = 1; told > 0; ) told = (await outbox.takeNews()).length;

    await outbox.sweep();
    await world.gateway.work();

    expect(await received(world)).toMatchObject([{ fileName: 'results.csv' }]);
    expect(await world.incidents()).toEqual([]);
  });

  it('waits while the work is paused', async () => {
    const { world, outbox } = await setUp();
    const pause = { TableName: world.tables.control, Item: { name: 'pause' } };
    await world.context.db.send(new PutCommand(pause));
    await outbox.put(key);
    expect(await outbox.register()).toEqual({ batchItemFailures: [] });
    expect(await world.row(key)).toBeUndefined();
  });

  it('tells how far its sending is', async () => {
    const { world, outbox } = await setUp();
    await fault(world, { kind: 'hang', times: 1 });
    await outbox.put(key, Buffer.alloc(1000));
    await outbox.register();
    const over = new AbortController();
    const sending = world.gateway.send(startedIn(world), over.signal);
    await vi.waitFor(async () => {
      await world.clock.advance(1000);
      expect(await world.row(key)).toMatchObject({ state: 'sending', bytesDone: 1000, bytesTotal: 1000 });
    });
    over.abort();
    expect(await sending).toMatchObject({ outcome: { kind: 'failed', retryable: true } });
  });
});

describe('an object of the outbox that changes', () => {
  it('before it is read is sent as it is then', async () => {
    const { world, outbox } = await setUp();
    await outbox.put(key, 'first');
    await outbox.register();
    const transfer = startedIn(world);
    const md5 = await outbox.put(key, 'second');
    await outbox.register();

    await world.gateway.run(transfer);
    await world.gateway.work();

    expect(await received(world)).toMatchObject([{ size: 6, md5 }]);
    expect(await world.row(key)).toMatchObject({ state: 'sent', size: 6, failures: 1 });
    expect(await world.eventsOf(key)).toEqual(['registered', 'registered', 'sent']);
    expect(await world.objects()).toEqual([]);
    expect(await world.transferEntries()).toEqual([]);
  });

  it('while it is sent is sent once more, after that', async () => {
    const { world, outbox } = await setUp();
    await outbox.put(key, 'first');
    await outbox.register();
    const sent = await world.gateway.send(startedIn(world));
    await outbox.put(key, 'second');
    await outbox.register();
    expect(world.gateway.started).toEqual([]);

    await world.gateway.complete(sent);
    expect(await world.objects()).toEqual([key]);
    await world.gateway.work();

    expect((await received(world)).map(({ size }) => size)).toEqual([5, 6]);
    expect(await world.eventsOf(key)).toEqual(['registered', 'sent', 'registered', 'sent']);
    expect(await world.objects()).toEqual([]);
  });

  it('by being taken away before it is read is not sent, and forgotten', async () => {
    const { world, outbox } = await setUp();
    await outbox.put(key);
    await outbox.register();
    await world.s3.send(new DeleteObjectCommand({ Bucket: world.bucket, Key: key }));

    await world.gateway.work();
    await outbox.register();

    expect(await received(world)).toEqual([]);
    expect(await world.row(key)).toBeUndefined();
    expect(await world.rows('members')).not.toContainEqual(expect.objectContaining({ member: `file#${key}` }));
    expect(await world.eventsOf(key)).toEqual(['registered', 'deleted']);
    expect(await world.transferEntries()).toEqual([]);
  });
});

describe('a result that fails', () => {
  it('is sent again after its backoff', async () => {
    const { world, outbox } = await setUp();
    await fault(world, { kind: 'status', status: 500, times: 1 });
    await outbox.put(key);
    await outbox.register();
    await world.gateway.work();

    const dueAt = world.clock.now() + 105_000;
    const lastError = expect.stringContaining('500');
    expect(await world.row(key)).toMatchObject({ state: 'pending', failures: 1, dueAt, lastError });
    await world.settle();
    expect(await received(world)).toEqual([]);
    await world.settleUntil(async () => (await world.objects()).length === 0);
    expect(await received(world)).toHaveLength(1);
    expect(await world.row(key)).toMatchObject({ state: 'sent', attempt: 2 });
    expect(await world.incidents()).toEqual([]);
  });

  it('because the portal refuses the key is sent when it takes it again, however long that lasts', async () => {
    const { world, outbox } = await setUp({ maxAttempts: 2 });
    await fault(world, { kind: 'status', status: 401, times: 4 });
    await outbox.put(key);
    await outbox.register();
    await world.settleUntil(async () => (await world.objects()).length === 0);
    expect(await world.row(key)).toMatchObject({ state: 'sent', attempt: 5, failures: 1 });
    expect(await world.incidents()).toEqual([]);
  });

  it('as often as is allowed is left to a person, and its object stays; put again it is sent', async () => {
    const { world, outbox } = await setUp({ maxAttempts: 3 });
    await fault(world, { kind: 'status', status: 500, times: 3 });
    await outbox.put(key);
    await outbox.register();
    await world.settleUntil(async () => (await world.row(key))?.state === 'failed');
    await outbox.sweep();
    await world.settle();

    expect(await world.incidents()).toMatchObject([
      { kind: 'file-failed', subject: key, count: 1, found: expect.stringContaining('500') },
    ]);
    expect((await world.portal.snapshot()).requests[form]).toEqual({ 500: 3 });
    expect(await world.transferEntries()).toEqual([]);
    expect(await world.objects()).toEqual([key]);
    nextSecond();
    await outbox.put(key);
    await outbox.register();
    await world.gateway.work();
    expect(await received(world)).toHaveLength(1);
    expect(await world.row(key)).toMatchObject({ state: 'sent', attempt: 4, failures: 1 });
  });

  it('because DST does not want it from this centre is left to a person after all attempts', async () => {
    const { world, outbox } = await setUp({ maxAttempts: 2 });
    await world.portal.setFaults({ forbiddenProjects: ['1001'] });
    await outbox.put(key);
    await outbox.register();
    await world.gateway.work();
    expect(await world.row(key)).toMatchObject({ state: 'pending', attempt: 1 });
    await world.settleUntil(async () => (await world.row(key))?.state === 'failed');
    expect(await world.row(key)).toMatchObject({ attempt: 2 });
    expect(await world.incidents()).toMatchObject([{ kind: 'file-failed', found: expect.stringContaining('403') }]);
  });

  it('without a word is started once more when its lease is over', async () => {
    const { world, outbox } = await setUp();
    await outbox.put(key);
    await outbox.register();
    startedIn(world);
    await world.settle();
    expect(await received(world)).toEqual([]);
    await world.clock.advance(50_000);
    await world.settle();
    expect(await world.row(key)).toMatchObject({ state: 'sent', attempt: 2 });
    expect(await received(world)).toHaveLength(1);
  });

  it('whenever the gateway dies arrives in the end, and its object goes', { timeout: 60_000 }, async () => {
    const { world, outbox } = await setUp();
    let sent = 0;
    for (const when of ['before', 'after'] as const) {
      for (let call = 1; ; call++) {
        const name = `outbox/1001/${when}-${call}.csv`;
        const md5 = await outbox.put(name, name);
        world.crashes.plan({ call, when });
        await outbox.register();
        await world.gateway.work();
        const { happened } = world.crashes;
        world.crashes.plan();

        await outbox.sweep();
        await world.settleUntil(async () => (await world.row(name))?.state === 'sent');
        await outbox.sweep();

        expect(await world.objects()).toEqual([]);
        expect(await world.eventsOf(name)).toEqual(['registered', 'sent']);
        const copies = (await received(world)).filter(({ fileName }) => name.endsWith(`/${fileName}`));
        expect(copies.length).toBeGreaterThan(0);
        for (const copy of copies) expect(copy.md5).toBe(md5);
        sent += 1;
        if (!happened) break;
      }
    }
    expect(sent).toBeGreaterThan(10);
    expect(await world.transferEntries()).toEqual([]);
    expect(await world.incidents()).toEqual([]);
  });

  it('is not sent twice when only its object was left', async () => {
    const { world, outbox } = await setUp();
    await outbox.put(key);
    const news = await outbox.takeNews();
    await outbox.register(news);
    services().s3.faults.inject('DeleteObject', { status: 500, code: 'InternalError' }, 3);
    await world.gateway.work();
    expect(await world.row(key)).toMatchObject({ state: 'sent' });
    expect(await world.objects()).toEqual([key]);

    await outbox.sweep();

    expect(await world.objects()).toEqual([]);
    await world.gateway.work();
    expect(await received(world)).toHaveLength(1);
  });
});
