import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { incidentId, recordIncident } from '../../shared/operations/incidents.ts';
import { create, grant, play, remove, reset } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { createOperateApi } from './operate-api.ts';

const createWorld = useWorlds();

/** A gateway with a message that the portal has refused for good, and one that waits behind it. */
async function withHeld() {
  const world = await createWorld();
  await play(world, create('p'), grant('p', 'a'));
  await world.portal.setFaults({
    rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
  });
  await play(world, reset('a'), grant('p', 'b'));
  await world.portal.clearFaults();
  const api = await createOperateApi(world);
  const [incident] = await world.rows.incidents();
  if (!incident) throw new Error('There is no incident');
  return { ...api, incident, incidentId: incident.incidentId };
}

const historyOf = async ({ get }: Awaited<ReturnType<typeof createOperateApi>>, subject: string) =>
  (await get(`history?subject=${encodeURIComponent(subject)}`)).events as Record<string, unknown>[];

describe('a decision about an incident', () => {
  it('tells what it would do, and changes nothing, with dryRun', async () => {
    const { decide, get, incidentId } = await withHeld();
    const before = await get('status');
    for (const path of ['incident/retry', 'incident/dismiss']) {
      expect(await decide(path, { incidentId, dryRun: true })).toMatchObject({
        status: 200,
        body: { outcome: 'dry-run', planned: [expect.stringContaining('ResetPassword m-3 will')], completed: [] },
      });
    }
    expect(await get('status')).toEqual(before);
  });

  it('is carried out, and the history has who did it and why', async () => {
    const api = await withHeld();
    const { decide, world, incidentId } = api;
    expect(await decide('incident/retry', { incidentId })).toMatchObject({
      status: 200,
      body: { outcome: 'done', completed: ['ResetPassword m-3 goes on from where it was held (applied).'] },
    });
    expect(await historyOf(api, 'access#a')).toContainEqual(
      expect.objectContaining({
        event: 'retried',
        messageId: 'm-3',
        details: { by: 'olga', reason: 'a good reason', type: 'ResetPassword' },
      }),
    );
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
  });

  it('can settle it', async () => {
    const { decide, world, get, incidentId } = await withHeld();
    expect(await decide('incident/dismiss', { incidentId })).toMatchObject({ status: 200, body: { outcome: 'done' } });
    expect(await get(`incident?id=${incidentId}`)).toMatchObject({
      ...{ state: 'dismissed', decidedBy: 'olga', reason: 'a good reason', choices: [] },
    });
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked', 'm-4': 'marked' });
  });

  it('is refused when somebody was faster, or it occurred again since it was seen', async () => {
    const { decide, context, incident, incidentId } = await withHeld();
    await recordIncident(context, incident);
    expect(await decide('incident/retry', { incidentId, count: 1 })).toMatchObject({
      status: 409,
      body: { error: `Incident ${incidentId} occurred 1 times more: look again` },
    });
    expect(await decide('incident/retry', { incidentId, count: 2 })).toMatchObject({ status: 200 });
    expect(await decide('incident/dismiss', { incidentId, count: 2 })).toMatchObject({
      status: 409,
      body: { error: `Incident ${incidentId} is settled: retried by olga` },
    });
    expect(await decide('incident/retry', { incidentId: 'x' })).toMatchObject({ status: 404 });
  });

  it('is carried out although each poll raises the count of what lasts', async () => {
    const { decide, context } = await withHeld();
    const unreadable = { kind: 'unreadable-message', subject: 'x', expected: 'a message', found: 'none' } as const;
    for (let times = 0; times < 3; times++) await recordIncident(context, unreadable);
    expect(await decide('incident/dismiss', { incidentId: incidentId(unreadable), count: 1 })).toMatchObject({
      status: 200,
    });
  });

  it('needs a reason in words', async () => {
    const { decide, incidentId } = await withHeld();
    for (const reason of ['', ' … ', 'x'.repeat(501), undefined]) {
      const { status, body } = await decide('incident/retry', { incidentId, reason });
      expect([status, JSON.stringify(body)]).toEqual([400, expect.stringContaining('reason')]);
    }
  });

  it('can be made for all of a kind', async () => {
    const { decide, world } = await withHeld();
    const kind = 'attempts-used-up';
    expect(await decide('incidents/retry', { kind, dryRun: true })).toMatchObject({ body: { outcome: 'dry-run' } });
    expect(await decide('incidents/retry', { kind: 'mismatch' })).toMatchObject({ body: { outcome: 'nothing-to-do' } });
    expect(await decide('incidents/retry', {})).toMatchObject({ status: 400 });
    expect(await decide('incidents/retry', { kind })).toMatchObject({
      status: 200,
      body: { outcome: 'done', completed: [expect.stringContaining('m-3')], refused: [], changed: 0, left: 0 },
    });
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked' });
  });
});

describe('a decision about a message', () => {
  it('approves one that waits for it', async () => {
    const world = await createWorld({ holdTypes: ['DeleteProject'] });
    await play(world, create('p'), remove('p'));
    const api = await createOperateApi(world);
    expect(await api.get('message?id=m-2')).toMatchObject({
      choices: [{ decision: 'approve', id: 'm-2', planned: ['DeleteProject m-2 will be carried out.'] }, {}],
    });
    expect(await api.decide('message/approve', { messageId: 'm-2' })).toMatchObject({ status: 200 });
    expect(await api.decide('message/approve', { messageId: 'm-2' })).toMatchObject({
      status: 409,
      body: { error: 'Message m-2 is open; it does not wait for approval' },
    });
    const approvals = (await historyOf(api, 'project#p')).filter(({ event }) => event === 'approved');
    expect(approvals).toMatchObject([{ details: { by: 'olga', reason: 'a good reason' } }]);
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
  });

  it('has one that waits after a failure processed at once', async () => {
    const world = await createWorld();
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /user-accesses'] }] });
    await play(world, grant('p', 'a'));
    await world.portal.clearFaults();
    const { decide } = await createOperateApi(world);
    expect(await decide('message/requeue', { messageId: 'm-2' })).toMatchObject({
      status: 200,
      body: { completed: ['CreateProjectAccess m-2 is due now.'] },
    });
    await world.poll();
    await world.work();
    expect(['done', 'marked']).toContain((await world.rows.message('m-2')).state);
    expect(await decide('message/requeue', { messageId: 'm-1' })).toMatchObject({
      status: 409,
      body: { error: 'Message m-1 is marked: it is in no queue' },
    });
    expect(await decide('message/requeue', { messageId: 'x' })).toMatchObject({ status: 404 });
    expect(await decide('file/fetch-again', { fileId: 'x' })).toMatchObject({ status: 404 });
  });
});

describe('a decision about the gateway', () => {
  it('pauses it, and ends the pause', async () => {
    const api = await createOperateApi(await createWorld());
    const { decide, get, ask, polls } = api;
    expect(await decide('pause', {})).toMatchObject({ status: 200, body: { completed: ['The gateway is paused.'] } });
    expect(await get('status')).toMatchObject({ pause: { by: 'olga', reason: 'a good reason' }, healthy: false });
    expect(await decide('pause', {})).toMatchObject({
      status: 409,
      body: { error: 'Paused already, by olga: a good reason' },
    });
    expect(await ask('POST poll')).toMatchObject({ status: 409 });
    expect(polls).toEqual([]);
    expect(await decide('resume', {})).toMatchObject({ status: 200 });
    expect(await decide('resume', {})).toMatchObject({ status: 409, body: { error: 'Not paused: nothing to resume' } });
    expect(await ask('POST poll')).toMatchObject({ status: 202, body: { after: 0 } });
    expect(polls).toHaveLength(1);
    expect((await historyOf(api, 'gateway')).map(({ event }) => event)).toEqual(['resumed', 'paused']);
  });

  it('moves dead letters back into their queue', async () => {
    const api = await createOperateApi(await createWorld());
    const { decide, get, sqs, world, addDeadLetters } = api;
    const queue = 'CreateProject';
    expect(await decide('queue/redrive', { queue })).toMatchObject({ status: 404 });
    const letters = await addDeadLetters(queue, 'DeleteProject');
    expect(await decide('queue/redrive', { queue })).toMatchObject({ body: { outcome: 'nothing-to-do', count: 0 } });
    for (const messageId of ['m-1', 'm-2']) {
      await sqs.send(new SendMessageCommand({ QueueUrl: letters, MessageBody: JSON.stringify({ messageId }) }));
    }
    expect(await decide('queue/redrive', { queue, dryRun: true })).toMatchObject({
      body: { planned: ['2 of 2 dead letters will go back into the queue CreateProject.'] },
    });
    expect(await decide('queue/redrive', { queue })).toMatchObject({
      status: 200,
      body: { outcome: 'done', completed: ['Put back into the queue CreateProject: 2 dead letters.'] },
    });
    expect(await get('status')).toMatchObject({ deadLetters: { CreateProject: 0 }, queues: { CreateProject: 2 } });
    expect(await world.take()).toHaveLength(2);
    expect(await historyOf(api, 'gateway')).toMatchObject([
      { event: 'redriven', details: { by: 'olga', reason: 'a good reason', queue, count: 2 } },
    ]);
  });
});

describe('a comparison with the portal and S3', () => {
  it('lists the differences, part by part, and fixes what can be fixed', async () => {
    const world = await createWorld();
    await play(world, create('p'), create('q'));
    const api = await createOperateApi(world);
    const { get, decide } = api;
    expect(await get('differences')).toEqual({ differences: [] });
    await world.portal.send('CreateProject', { projectNo: 'r' }, { messageId: 'new' });
    await world.s3.send(new PutObjectCommand({ Bucket: world.filesBucket, Key: 'projects/q/files/x', Body: 'x' }));
    await world.rows.change('lines', { line: 'transfers', position: 'a' }, { kind: 'result', fileId: 'gone' });
    const { differences } = await get('differences');
    expect(differences).toMatchObject([
      { kind: 'message-unknown', subject: 'new', canBeFixed: false },
      { kind: 'transfer-unknown', subject: 'gone', canBeFixed: true },
      { kind: 'object-unknown', subject: 'projects/q/files/x', canBeFixed: false },
    ]);
    expect((await get('differences?after=portal')).differences).toHaveLength(2);
    expect((await get('differences?after=transfers/a')).differences).toHaveLength(1);
    expect((await get('differences?project=q')).differences).toHaveLength(1);
    expect(await api.ask('GET differences?after=x')).toMatchObject({ status: 400 });
    expect(await decide('differences/repair', { dryRun: true })).toMatchObject({ body: { outcome: 'dry-run' } });
    expect(await decide('differences/repair', {})).toMatchObject({ status: 200, body: { outcome: 'done' } });
    expect((await get('differences')).differences).toHaveLength(2);
    expect(await historyOf(api, 'gateway')).toMatchObject([{ event: 'reconciled', details: { by: 'olga' } }]);
  });

  it('tells that the portal gives no list', async () => {
    const world = await createWorld();
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 403, calls: ['GET /messages'] }] });
    const { ask } = await createOperateApi(world);
    expect(await ask('GET differences')).toMatchObject({
      status: 502,
      body: { error: expect.stringMatching(/^The portal: GET \/messages: 403/) },
    });
  });
});

describe('the confirmation of a project', () => {
  it('reaches DST, and the history has it', async () => {
    const world = await createWorld();
    const api = await createOperateApi(world);
    const { decide } = api;
    expect(await decide('project/confirm', { projectNo: '01' })).toMatchObject({ status: 400 });
    expect(await decide('project/confirm', { projectNo: '1001', dryRun: true })).toMatchObject({ status: 200 });
    expect(await historyOf(api, 'project#1001')).toEqual([]);
    expect(await decide('project/confirm', { projectNo: '1001' })).toMatchObject({
      ...{ status: 200, body: { outcome: 'done', confirmation: 'confirmed' } },
    });
    expect(await decide('project/confirm', { projectNo: '1001' })).toMatchObject({
      ...{ status: 200, body: { outcome: 'done', confirmation: 'already-confirmed' } },
    });
    expect(await historyOf(api, 'project#1001')).toMatchObject([
      { event: 'confirmed', details: { by: 'olga', outcome: 'already-confirmed' } },
      { event: 'confirmed', details: { by: 'olga', reason: 'a good reason' } },
    ]);
  });
});
