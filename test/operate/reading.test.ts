import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { BatchWriteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { IncidentRow } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { damageFile } from '../support/damaged-file.ts';
import { create, disable, grant, play, reset, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';
import { createOperateApi, type OperateApi } from './operate-api.ts';

const createWorld = useWorlds();

/** A gateway with a message that the portal has refused for good, and one that waits behind it. */
async function withHeld(): Promise<OperateApi & { world: World }> {
  const world = await createWorld();
  await play(world, create('p'), grant('p', 'a'));
  await world.portal.setFaults({
    rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
  });
  await play(world, reset('a'), grant('p', 'b'));
  await world.portal.clearFaults();
  return createOperateApi(world);
}

const list = (body: Record<string, unknown>, name: string) => body[name] as Record<string, unknown>[];

describe('GET /operate/status', () => {
  it('tells what a person should look into', async () => {
    const { get, context, addDeadLetters, sqs } = await withHeld();
    expect(await get('status')).toMatchObject({
      healthy: false,
      problems: ['1 open incident: attempts-used-up'],
      portal: { url: context.portalUrl },
      poll: { counter: expect.any(Number) },
      messages: { lines: 1, states: { held: 1, open: 1 }, oldest: { messageId: 'm-3', type: 'ResetPassword' } },
      transfers: { waiting: {}, slotsInUse: 0 },
      incidents: { 'attempts-used-up': 1 },
      deadLetters: {},
    });
    const letters = await addDeadLetters('CreateProject', 'DeleteProject');
    await sqs.send(new SendMessageCommand({ QueueUrl: letters, MessageBody: 'x' }));
    expect(await get('status')).toMatchObject({ deadLetters: { CreateProject: 1 } });
  });
});

describe('GET /operate/messages', () => {
  it('lists those that are not marked yet, page by page, in the order of the portal', async () => {
    const { get, world } = await withHeld();
    await send(world, grant('p', 'c'), create('q'), create('r'));
    await world.poll();
    const first = await get('messages?limit=2');
    expect(list(first, 'messages').map(({ messageId }) => messageId)).toEqual(['m-3', 'm-4']);
    expect(list(first, 'messages')[0]).toMatchObject({
      state: 'held',
      heldFrom: 'applied',
      projectNo: 'p',
      attempts: 1,
    });
    expect(list(first, 'messages')[0]).not.toHaveProperty('raw');
    const second = await get(`messages?limit=2&after=${first.next}`);
    expect(list(second, 'messages').map(({ messageId }) => messageId)).toEqual(['m-5', 'm-6']);
    const last = await get(`messages?limit=2&after=${second.next}`);
    expect(list(last, 'messages').map(({ messageId }) => messageId)).toEqual(['m-7']);
    expect(last).not.toHaveProperty('next');
  });

  it('are narrowed by project, state and type', async () => {
    const { get } = await withHeld();
    const ids = async (query: string) => list(await get(`messages?${query}`), 'messages').map((each) => each.messageId);
    expect(await ids('project=p')).toEqual(['m-1', 'm-2', 'm-3', 'm-4']);
    expect(await ids('project=p&state=marked')).toEqual(['m-1', 'm-2']);
    expect(await ids('project=P')).toEqual([]);
    expect(await ids('state=held')).toEqual(['m-3']);
    expect(await ids('type=CreateProjectAccess')).toEqual(['m-4']);
  });

  it('refuses what is no filter', async () => {
    const { ask } = await withHeld();
    expect(await ask('GET messages?state=lost')).toMatchObject({ status: 400 });
    expect(await ask('GET messages?limit=0')).toMatchObject({ status: 400 });
    expect(await ask('GET messages?limit=1001')).toMatchObject({ status: 400 });
  });
});

describe('GET /operate/message', () => {
  it('tells what DST wants, why it waits, and what each decision would do', async () => {
    const { get } = await withHeld();
    expect(await get('message?id=m-3')).toMatchObject({
      messageId: 'm-3',
      request: 'DST wants a new one-time password for access a.',
      content: expect.stringContaining('"accessIdentifier":"a"'),
      standing: ['It needs a person.', expect.stringMatching(/^attempts-used-up: expected .*403/), expect.any(String)],
      entries: [
        { messageId: 'm-3', state: 'held' },
        { messageId: 'm-4', state: 'open' },
      ],
      choices: [
        { decision: 'retry', planned: [expect.stringContaining('ResetPassword m-3 will go on')] },
        {
          decision: 'dismiss',
          planned: [expect.stringContaining('ResetPassword m-3 will be dismissed')],
        },
      ],
      incidents: [{ kind: 'attempts-used-up', state: 'open', count: 1 }],
    });
    expect((await get('message?id=m-4')).standing).toContain(
      'It waits for ResetPassword m-3, which is held, before it in its line.',
    );
  });

  it('tells of a message whose long text S3 has removed by now', async () => {
    const world = await createWorld();
    await play(world, ['CreateProject', { projectNo: 'p', note: 'x'.repeat(120_000) }]);
    const { get } = await createOperateApi(world);
    expect(await get('message?id=m-1')).toMatchObject({ content: expect.stringContaining('xxx') });
    const { s3, internalBucket } = world.context;
    await s3.send(new DeleteObjectCommand({ Bucket: internalBucket, Key: 'messages/m-1' }));
    const shown = await get('message?id=m-1');
    expect(shown).toMatchObject({ state: 'marked', request: expect.stringContaining('its text is gone') });
    expect(shown).not.toHaveProperty('content');
  });

  it('shows the first of very many incidents, as an answer has a limit', async () => {
    const { get, world } = await withHeld();
    const { context, tables } = world;
    const [row] = await Array.fromAsync(scan<IncidentRow>(context.db, tables.incidents));
    const ids = Array.from({ length: 1_100 }, (_, index) => `i-${index}`);
    for (let index = 0; index < ids.length; index += 25) {
      const puts = ids.slice(index, index + 25).map((incidentId) => ({ PutRequest: { Item: { ...row, incidentId } } }));
      await context.db.send(new BatchWriteCommand({ RequestItems: { [tables.incidents]: puts } }));
    }
    const { standing, incidents } = await get('message?id=m-3');
    expect(incidents).toHaveLength(1_000);
    expect(standing).toContain('1091 more incidents are open.');
    expect((standing as string[]).length).toBeLessThan(15);
    expect((await get('project?id=p')).incidents).toHaveLength(1_000);
    expect((await get('user?id=a')).incidents).toHaveLength(1_000);
  });

  it('tells the whole way of a message from poll to mark', async () => {
    const { get } = await withHeld();
    const way = await get('message?id=m-2');
    expect(way).toMatchObject({
      ...{ state: 'marked', receivedAt: expect.any(Number), markedAt: expect.any(Number) },
      events: [{ subject: 'access#a', event: 'created', messageId: 'm-2' }],
      areMoreEvents: false,
      choices: [],
    });
  });

  it('never tells a secret', async () => {
    const { get, world } = await withHeld();
    const shown = JSON.stringify([
      await get('message?id=m-2'),
      await get('message?id=m-3'),
      await get('user?id=a'),
      await get('users'),
      await get('history?subject=access%23a'),
    ]);
    const user = await world.rows.user('a');
    expect(shown).not.toContain(user?.passwordHash);
    expect(shown).not.toMatch(/canary|passwordKeyId|passwordHash/);
  });

  it('says that there is none', async () => {
    const { ask } = await withHeld();
    expect(await ask('GET message?id=nope')).toMatchObject({
      status: 404,
      body: { error: 'There is no message nope' },
    });
    expect(await ask('GET message')).toMatchObject({ status: 400 });
  });
});

describe('a file that is damaged', () => {
  it('is fetched from DST again by a decision that its page, its message and its incident name', async () => {
    const world = await createWorld();
    await damageFile(world);
    const { get, decide } = await createOperateApi(world);
    const [incident] = list(await get('incidents'), 'incidents');
    const fetching = {
      ...{ decision: 'fetch-again', id: 'f-1' },
      planned: [expect.stringContaining('from DST again'), 'Return m-3 will go on when the file is stored.'],
    };
    for (const request of ['file?id=f-1', 'message?id=m-3', `incident?id=${incident?.incidentId}`]) {
      expect((await get(request)).choices).toMatchObject([fetching, { decision: 'retry' }, { decision: 'dismiss' }]);
    }
    expect(await get('file?id=f-1')).toMatchObject({ incident: { kind: 'file-damaged', messageId: 'm-3' } });
    expect(await decide('file/fetch-again', { fileId: 'f-1' })).toMatchObject({ status: 200 });
    expect(await get('file?id=f-1')).toMatchObject({ state: 'pending', choices: [] });
  });
});

describe('GET /operate/lines', () => {
  it('lists lines with the message that the others wait for', async () => {
    const { get, world } = await withHeld();
    await send(world, create('q'));
    await world.poll();
    const first = await get('lines?limit=1');
    expect(first.lines).toEqual([
      {
        ...{ line: 'project#p', projectNo: 'p', states: { held: 1, open: 1 } },
        first: expect.objectContaining({ messageId: 'm-3', state: 'held' }),
      },
    ]);
    const second = await get(`lines?limit=1&after=${first.next}`);
    expect(second.lines).toMatchObject([{ line: 'project#q', states: { open: 1 } }]);
  });
});

describe('GET /operate/incidents and /operate/incident', () => {
  it('list incidents, and explain one', async () => {
    const { get, ask } = await withHeld();
    const [incident] = list(await get('incidents'), 'incidents');
    expect(incident).toMatchObject({ kind: 'attempts-used-up', projectNo: 'p', messageId: 'm-3', state: 'open' });
    expect(list(await get('incidents?state=dismissed'), 'incidents')).toEqual([]);
    expect(list(await get('incidents?kind=mismatch'), 'incidents')).toEqual([]);
    expect(await get(`incident?id=${incident?.incidentId}`)).toMatchObject({
      ...incident,
      choices: [{ decision: 'retry' }, { decision: 'dismiss' }],
    });
    expect(await ask('GET incident?id=x')).toMatchObject({ status: 404 });
  });
});

describe('GET /operate/projects, /operate/users and what they name', () => {
  it('list and show projects and accesses', async () => {
    const { get, ask } = await withHeld();
    expect((await get('projects')).projects).toEqual([
      { projectNo: 'p', state: 'active', createdAt: expect.any(Number) },
    ]);
    expect((await get('projects?state=deleting')).projects).toEqual([]);
    expect(await get('project?id=p')).toMatchObject({
      ...{ projectNo: 'p', state: 'active', accesses: { enabled: 1 }, files: {}, results: {} },
      entries: [{ messageId: 'm-3' }, { messageId: 'm-4' }],
      incidents: [{ kind: 'attempts-used-up' }],
    });
    const users = list(await get('users?project=p'), 'users');
    expect(users).toMatchObject([{ accessIdentifier: 'a', projectNo: 'p', enabled: true }]);
    expect(await get('users')).toEqual({ users });
    expect(await get('user?id=a')).toMatchObject({ ...users[0], entries: [{ messageId: 'm-3' }] });
    expect(await ask('GET user?id=z')).toMatchObject({ status: 404 });
    expect(await ask('GET project?id=z')).toMatchObject({ status: 404 });
  });
});

describe('GET /operate/history', () => {
  it('tells who disabled an access, the newest first, page by page', async () => {
    const world = await createWorld();
    await play(world, create('p'));
    await play(world, grant('p', 'a'));
    await play(world, disable('a'));
    const { get, ask } = await createOperateApi(world);
    const first = await get('history?subject=access%23a&limit=1');
    expect(first.events).toMatchObject([{ event: 'disabled', messageId: 'm-3', projectNo: 'p' }]);
    const second = await get(`history?subject=access%23a&limit=1&after=${first.next}`);
    expect(second.events).toMatchObject([{ event: 'created', messageId: 'm-2' }]);
    const names = async (query: string) => list(await get(`history?${query}`), 'events').map(({ event }) => event);
    expect(await names('subject=project%23p')).toEqual(['disabled', 'created', 'created']);
    expect(await names('subject=project%23p&order=oldest%20first')).toEqual(['created', 'created', 'disabled']);
    const pages = [];
    for (let after: unknown = ''; after !== undefined; ) {
      const page = await get(
        `history?subject=project%23p&limit=1${after ? `&after=${encodeURIComponent(`${after}`)}` : ''}`,
      );
      pages.push(...list(page, 'events').map(({ event, subject }) => `${subject} ${event}`));
      after = page.next;
    }
    expect(pages).toEqual(['access#a disabled', 'access#a created', 'project#p created']);
    expect(await ask('GET history?subject=unicorn%231')).toMatchObject({ status: 400 });
    expect(await ask('GET history?subject=project%23')).toMatchObject({
      status: 400,
      body: { message: 'subject: an id is missing after project#' },
    });
    expect(await ask('GET history?subject=gateway&after=x')).toMatchObject({ status: 400 });
  });

  it('has pages that end where an answer is full', async () => {
    const { context, get } = await createOperateApi(await createWorld());
    const details = { data: '€'.repeat(40_000) };
    const sequences = Array.from({ length: 60 }, (_, n) => n + 1);
    const rows = sequences.map((sequence) => ({ subject: 'process#q', sequence, event: 'changed', at: 1, details }));
    for (const Item of rows) await context.db.send(new PutCommand({ TableName: context.tables.history, Item }));
    const found: unknown[] = [];
    for (let after = ''; ; ) {
      const page = await get(`history?subject=process%23q&order=oldest+first${after}`);
      found.push(...list(page, 'events').map(({ sequence }) => sequence));
      if (page.next === undefined) break;
      after = `&after=${page.next}`;
    }
    expect(found).toEqual(sequences);
  });
});

describe('GET /operate/files, /operate/file and /operate/transfers', () => {
  it('tell how far files are, which failed, and why', async () => {
    const world = await createWorld();
    await play(world, create('p'));
    const files = ['f-1', 'f-2', 'f-3'].map((fileId) => ({ fileId, fileSize: 100, fileChecksum: '0'.repeat(32) }));
    await play(world, ['DataDeliveryReady', { projectNo: 'p', files }]);
    const now = world.clock.now();
    await world.rows.change(
      'files',
      { fileId: 'f-1' },
      { state: 'copying', bytesDone: 40, bytesTotal: 100, bytesPerSecond: 20, leaseUntil: now + 50_000 },
    );
    for (const fileId of ['f-2', 'f-3']) await world.rows.change('files', { fileId }, { leaseUntil: now - 1 });
    const { get, ask } = await createOperateApi(world);
    expect(await get('transfers')).toMatchObject({
      moving: [{ fileId: 'f-1', state: 'copying', bytes: 100, bytesDone: 40, bytesPerSecond: 20, secondsLeft: 3 }],
      waiting: [{ fileId: 'f-2' }, { fileId: 'f-3' }],
      ...{ failed: [], areMore: false },
    });
    const first = await get('files?project=p&limit=2');
    expect(list(first, 'files').map(({ fileId }) => fileId)).toEqual(['f-1', 'f-2']);
    expect((await get(`files?project=p&limit=2&after=${first.next}`)).files).toMatchObject([{ fileId: 'f-3' }]);
    expect((await get('files?project=p&state=copying')).files).toHaveLength(3);
    expect(await get('files?project=p&state=stored')).toEqual({ files: [] });
    expect(await ask('GET files')).toMatchObject({ status: 400 });
    expect(await get('file?id=f-1')).toMatchObject({
      ...{ fileId: 'f-1', messageId: 'm-2', delivery: 'working', checksum: '0'.repeat(32) },
      standing: ['It is being fetched from DST.', '40 B are done.', expect.any(String)],
    });
    expect(await ask('GET file?id=outbox/p/none.csv')).toMatchObject({ status: 404 });
  });
});
