import { describe, expect, it, vi } from 'vitest';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { awsEvent } from '../support/aws-events.ts';
import { useServices } from './file-services.ts';
import { createWorld, type World, type WorldOptions } from './files-fixture.ts';
import { Outbox } from './outbox.ts';

const services = useServices();
const key = 'outbox/1001/results.csv';
const ask = 'POST /data/project/{projectNo}';

async function setUp(options: WorldOptions = {}) {
  const world = await createWorld(services(), options);
  return { world, outbox: await Outbox.open(world, services()) };
}

async function expectNothingSent(world: World) {
  expect((await world.portal.snapshot()).received).toEqual([]);
  expect(await world.rows('files')).toEqual([]);
  expect(await world.transferEntries()).toEqual([]);
}

describe('an object of the outbox that can not be sent', () => {
  it('because there is no such project is told once', async () => {
    const { world, outbox } = await setUp();
    await outbox.put(key);
    await outbox.register();
    await outbox.sweep();

    const incident = { kind: 'result-refused', subject: 'outbox/1001/ (project)', expected: 'project 1001' };
    const found = expect.stringMatching(/^the project does not exist; .* is removed: outbox\/1001\/results.csv$/);
    expect(await world.incidents()).toMatchObject([{ ...incident, found, count: 1 }]);
    await expectNothingSent(world);
    expect(await world.objects()).toEqual([key]);
  });

  it.each([
    ['outbox/1001/folder/results.csv', 'slashes'],
    ['outbox/1001/a\\b.csv', 'slashes'],
    ['outbox/1001/a\nb.csv', 'control characters'],
    [`outbox/1001/${'é'.repeat(129)}`, '256 bytes'],
    ['outbox/1001/..', 'must not be'],
    ['outbox/results.csv', 'the folder is no escaped project number'],
    ['outbox//results.csv', 'the folder is no escaped project number'],
    ['outbox/%31001/results.csv', 'the folder is no escaped project number'],
    ['outbox/10%/results.csv', 'the folder is no escaped project number'],
  ])('because of its name is told: %j', async (name, found) => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await outbox.put(name);
    await outbox.register();
    const [incident, ...others] = await world.incidents();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({ kind: 'result-refused', count: 1, found: expect.stringContaining(found) });
    expect(incident?.found).toContain(name);
    await expectNothingSent(world);
    expect(await world.objects()).toEqual([name]);
  });

  it('because it is the folder that a console makes is nothing to tell', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    for (const folder of ['outbox/', 'outbox/1001/', 'outbox/1001/folder/']) await outbox.put(folder);
    expect(await outbox.register()).toEqual({ batchItemFailures: [] });
    await outbox.sweep();
    expect(await world.incidents()).toEqual([]);
    await expectNothingSent(world);
  });

  it('because its key is the id of a file is told, and the file stays', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await world.sendDelivery([{ fileId: key, size: 10 }]);
    await world.settle();
    await outbox.put(key);
    await outbox.register();
    expect(await world.incidents()).toMatchObject([{ kind: 'result-refused', subject: 'outbox/1001/ (id)' }]);
    expect(await world.file(key)).toMatchObject({ state: 'stored', size: 10 });
  });
});

describe('a message whose file is a result', () => {
  it.each(['ReturnDataFile', 'DeleteDataFile'])('%s does not fit', async (type) => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await outbox.put(key);
    await outbox.register();
    const messageId = await world.portal.send(type, { fileId: key });
    await world.gateway.poll();
    await world.gateway.handleQueued();
    expect(await world.incidents()).toMatchObject([{ kind: 'mismatch', messageId }]);
    expect(await world.row(key)).toMatchObject({ state: 'sending' });
  });

  it('DataDeliveryReady does not fit and is held', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await outbox.put(key);
    await outbox.register();
    const messageId = await world.sendDelivery([{ fileId: key, size: 10 }]);
    await world.gateway.poll();
    await world.gateway.handleQueued();
    const incident = { kind: 'mismatch', messageId, expected: `no result ${key}`, found: 'project 1001 has it' };
    expect(await world.incidents()).toMatchObject([incident]);
    expect((await world.rows('messages')).map(({ state }) => state)).toContain('held');
    expect(await world.row(key)).toMatchObject({ objectKey: key, state: 'sending' });
  });
});

describe('what comes in the queue of the outbox', () => {
  it('is ignored when S3 only tries it out, and reported when it is nothing of S3', async () => {
    const { outbox } = await setUp();
    const test = JSON.stringify(awsEvent('s3-test'));
    const answer = await outbox.register([test, '{}', 'garbage', JSON.stringify({ Records: [] })]);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'sqs-1' }, { itemIdentifier: 'sqs-2' }] });
  });

  it('names an object as S3 writes keys', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await outbox.putUnseen('outbox/1001/rød tabel+1.csv');
    expect(await outbox.register([JSON.stringify(awsEvent('s3-object-created'))])).toEqual({ batchItemFailures: [] });
    expect(world.gateway.started).toMatchObject([{ kind: 'result', fileId: 'outbox/1001/rød tabel+1.csv' }]);
  });

  it('is reported when it could not be recorded, and taken up when it comes again', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await outbox.put(key);
    const news = await outbox.takeNews();
    services().s3.faults.inject('HeadObject', { status: 403, code: 'AccessDenied' });
    expect(await outbox.register(news)).toEqual({ batchItemFailures: [{ itemIdentifier: 'sqs-0' }] });
    expect(await outbox.register(news)).toEqual({ batchItemFailures: [] });
    expect(world.gateway.started).toMatchObject([{ kind: 'result', fileId: key, attempt: 1 }]);
  });
});

describe('the deletion of a project', () => {
  it('waits for a result that is being sent, and leaves nothing of it or of others', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    for (const name of ['sent', 'waiting', 'failed']) await outbox.put(`outbox/1001/${name}`);
    await outbox.register();
    const [first, ...others] = world.gateway.started.splice(0);
    if (first) await world.gateway.run(first);
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 413, calls: [ask], times: 1 }] });
    if (others[0]) await world.gateway.run(others[0]);
    await world.portal.setFaults({ rules: [{ kind: 'hang', calls: [ask] }] });
    await outbox.put(key);
    await outbox.register();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No result was started');
    const sending = world.gateway.send(transfer);
    await outbox.putUnseen('outbox/1001/unseen');

    const messageId = await world.portal.send('DeleteProject', { projectNo: '1001' });
    await world.settle();
    expect(await world.message(messageId)).toMatchObject({ state: 'applying' });
    expect(await world.row(key)).toMatchObject({ state: 'deleting' });
    const late = await outbox.put('outbox/1001/late').then(() => outbox.takeNews());
    await outbox.register(late);
    expect(await world.row('outbox/1001/late')).toBeUndefined();
    expect((await world.incidents()).map(({ subject }) => subject)).not.toContain('outbox/1001/late');

    await vi.waitFor(async () => {
      await world.clock.advance(1000);
      const over = await Promise.race([sending, undefined]);
      expect(over).toMatchObject({
        outcome: { kind: 'failed', error: expect.stringContaining('no longer belongs to this transfer') },
      });
    });
    const { leaseUntil = 0 } = (await world.row(key)) ?? {};
    await world.gateway.complete(await sending);
    await world.gateway.work();
    expect(await world.row(key)).toBeUndefined();
    expect(world.clock.now(), 'nobody waited for the lease').toBeLessThan(leaseUntil);
    // A transfer that was started and never ran does not release its lease.
    await world.clock.advance(leaseTime);
    await world.settleUntilMarked(messageId);

    expect(await world.objects()).toEqual([]);
    for (const table of ['projects', 'members', 'files', 'lines'] as const) {
      expect(await world.rows(table), table).toEqual([]);
    }
    expect(await world.eventsOf(key)).toEqual(['registered', 'deleted']);
    await outbox.sweep();
    expect(await world.rows('files')).toEqual([]);
  });

  it('goes on as soon as a result that was about to be sent is not', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await outbox.put(key);
    await outbox.register();
    const [transfer] = world.gateway.started.splice(0);
    if (!transfer) throw new Error('No result was started');
    const prepared = await world.gateway.prepare(transfer);
    const messageId = await world.portal.send('DeleteProject', { projectNo: '1001' });
    await world.settle();
    const { leaseUntil = 0 } = (await world.row(key)) ?? {};
    expect(leaseUntil).toBeGreaterThan(world.clock.now());

    await world.gateway.complete(await world.gateway.send(prepared));
    await world.gateway.work();

    expect(world.clock.now(), 'nobody waited for the lease').toBeLessThan(leaseUntil);
    expect(await world.message(messageId)).toMatchObject({ state: 'marked' });
    expect((await world.portal.snapshot()).received).toEqual([]);
  });

  it('leaves nothing of what is put too late, which the history tells', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    const deletion = await world.portal.send('DeleteProject', { projectNo: '1001' });
    await world.settleUntilMarked(deletion);
    await outbox.put(key);
    await outbox.register();
    await outbox.putUnseen('outbox/1001/unseen', 'another');
    await outbox.sweep();
    await outbox.sweep();

    expect(await world.objects()).toEqual([]);
    expect(await world.incidents()).toEqual([]);
    for (const name of [key, 'outbox/1001/unseen']) expect(await world.eventsOf(name)).toEqual(['deleted']);
    const history = await world.rows('history');
    expect(history.find(({ subject }) => subject === `file#${key}`)).toMatchObject({
      projectNo: '1001',
      messageId: deletion,
      details: { size: 6, reason: expect.stringContaining('after the project was deleted') },
    });

    await world.createProject();
    await outbox.sweep();
    expect(world.gateway.started).toEqual([]);
  });

  it('leaves nothing to be sent for a project that is made anew before anybody looked', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await world.settleUntilMarked(await world.portal.send('DeleteProject', { projectNo: '1001' }));
    const news = await outbox.put(key).then(() => outbox.takeNews());
    await outbox.putUnseen('outbox/1001/a/b');
    await outbox.putUnseen('outbox/1002/another');
    await world.createProject();
    await outbox.register(news);
    await outbox.sweep();

    expect(world.gateway.started).toEqual([]);
    expect(await world.objects()).toEqual(['outbox/1002/another']);
    for (const late of [key, 'outbox/1001/a/b']) expect(await world.eventsOf(late)).toEqual(['deleted']);
    await outbox.put(key);
    await outbox.register();
    await world.gateway.work();
    expect((await world.portal.snapshot()).received).toHaveLength(1);
  });

  it('has what is put too late removed once, though its recording was the last thing that a run did', async () => {
    const { world, outbox } = await setUp();
    await world.createProject();
    await world.settleUntilMarked(await world.portal.send('DeleteProject', { projectNo: '1001' }));
    await outbox.put(key);
    services().s3.faults.inject('DeleteObject', { status: 403, code: 'AccessDenied' });
    await outbox.register();
    expect(await world.objects()).toEqual([key]);
    await outbox.sweep();
    expect(await world.objects()).toEqual([]);
    expect(await world.eventsOf(key)).toEqual(['deleted']);
    await outbox.put(key, 'another');
    await outbox.register();
    expect(await world.eventsOf(key)).toEqual(['deleted', 'deleted']);
  });

  it('begins the history of a result where it ended, when the project is made anew', async () => {
    const { world, outbox } = await setUp();
    for (let round = 0; round < 2; round++) {
      await world.createProject();
      await outbox.put(key);
      await outbox.register();
      await world.gateway.work();
      const messageId = await world.portal.send('DeleteProject', { projectNo: '1001' });
      await world.settleUntilMarked(messageId);
    }
    expect((await world.portal.snapshot()).received).toHaveLength(2);
    expect(await world.eventsOf(key)).toEqual(['registered', 'sent', 'deleted', 'registered', 'sent', 'deleted']);
  });
});
