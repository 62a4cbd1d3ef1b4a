import { describe, expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const sendProjects = ({ portal }: World, count: number) =>
  portal.sendMany(
    Array.from({ length: count }, (_, index) => ({
      messageType: 'CreateProject',
      data: { projectNo: `p-${index}` },
      messageId: `m-${index}`,
      timestamp: null,
    })),
  );

const markingFails = { kind: 'status', status: 500, calls: ['PATCH /messages/{id}'] } as const;
const markCalls = async ({ portal }: World) => (await portal.snapshot()).requests['PATCH /messages/{id}'];

describe('a list that ends early', () => {
  it.each(['clean', 'cut'] as const)(
    '(%s) is taken as far as it came, put to work, and then reported',
    async (ending) => {
      const world = await newWorld();
      await sendProjects(world, 10);
      await world.portal.setFaults({ rules: [{ kind: 'half-list', ending, times: 1 }] });
      await expect(world.poll()).rejects.toThrow('GET /messages');
      const recorded = Object.keys(await world.rows.states()).toSorted();
      expect(recorded.length).toBeGreaterThanOrEqual(4);
      expect(recorded).toEqual(Array.from({ length: recorded.length }, (_, index) => `m-${index}`));
      expect(await world.take()).toHaveLength(recorded.length);
      world.clock.advance(minute);
      await world.poll();
      expect(Object.keys(await world.rows.states())).toHaveLength(10);
    },
  );

  it('proves nothing absent', async () => {
    const world = await newWorld();
    await sendProjects(world, 4);
    await world.portal.setFaults({ rules: [markingFails] });
    await world.run();
    await world.portal.setFaults({ rules: [markingFails, { kind: 'half-list', ending: 'clean' }] });
    world.clock.advance(minute);
    await expect(world.poll()).rejects.toThrow();
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['done']));
  });

  it('frees the way for the next poll', async () => {
    const world = await newWorld();
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['GET /messages'], times: 1 }] });
    await expect(world.poll()).rejects.toThrow('500');
    await sendProjects(world, 1);
    await world.poll();
    expect(await world.take()).toHaveLength(1);
  });
});

describe('what a complete list says of settled messages', () => {
  it('a message that it lacks has been marked', async () => {
    const world = await newWorld();
    await sendProjects(world, 2);
    await world.portal.setFaults({ rules: [markingFails] });
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-0': 'done', 'm-1': 'done' });
    await world.portal.withdraw('m-0');
    await world.portal.withdraw('m-1');
    const before = await markCalls(world);
    world.clock.advance(minute);
    await world.poll();
    expect(await world.rows.states()).toEqual({ 'm-0': 'marked', 'm-1': 'marked' });
    expect(await markCalls(world)).toEqual(before);
    expect(await world.rows.lines()).toEqual([]);
  });

  it('one that is older than the message proves nothing', async () => {
    const world = await newWorld();
    await world.poll();
    await sendProjects(world, 1);
    await world.portal.setFaults({ rules: [markingFails] });
    await world.poll();
    let worked = false;
    await world.portal.setFaults({ rules: [markingFails, { kind: 'stale-list', back: 2 }] });
    world.outside.after = async ({ name }) => {
      if (name !== 'listMessages' || worked) return;
      worked = true;
      await world.work();
    };
    world.clock.advance(minute);
    await world.poll();
    expect(worked).toBe(true);
    expect(await world.rows.states()).toEqual({ 'm-0': 'done' });
  });

  it('a message that it has although it was marked is marked again', async () => {
    const world = await newWorld();
    await sendProjects(world, 1);
    await world.run();
    await world.portal.reset();
    await sendProjects(world, 1);
    await world.run();
    expect((await world.portal.snapshot()).messages).toMatchObject([{ messageId: 'm-0', marked: true }]);
    expect(await world.rows.history('project#p-0')).toHaveLength(1);
    expect(await world.rows.incidents()).toEqual([]);
  });
});

describe('ids', () => {
  it('that come again with other content are an incident, whose count rises, and change nothing', async () => {
    const world = await newWorld();
    await sendProjects(world, 1);
    await world.poll();
    await world.portal.reset();
    await world.portal.send('DeleteProject', { projectNo: 'p-9' }, { messageId: 'm-0' });
    await world.poll();
    await world.poll();
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'message-id-reused', messageId: 'm-0', count: 2 }]);
    expect(await world.rows.message('m-0')).toMatchObject({ type: 'CreateProject', line: 'project#p-0' });
  });

  it('that come again with other content after they were marked are not marked', async () => {
    const world = await newWorld();
    await sendProjects(world, 1);
    await world.run();
    await world.portal.reset();
    await world.portal.send('CreateProject', { projectNo: 'p-9' }, { messageId: 'm-0' });
    await world.run();
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'message-id-reused', messageId: 'm-0' }]);
    expect(await world.portal.pending()).toBe(1);
  });

  it('that come again with other content while the first message is not marked yet are not marked', async () => {
    const world = await newWorld();
    await sendProjects(world, 1);
    await world.portal.setFaults({ rules: [markingFails] });
    await world.run();
    await world.portal.clearFaults();
    await world.portal.reset();
    await world.portal.send('CreateProject', { projectNo: 'p-9' }, { messageId: 'm-0' });
    await world.run();
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'message-id-reused', messageId: 'm-0' }]);
    expect(await world.portal.pending()).toBe(1);
  });

  it('that are twice in one list are one message', async () => {
    const world = await newWorld();
    const element = '{"messageId":"m-0","messageType":"CreateProject","data":{"projectNo":"1"}}';
    await world.portal.sendRaw(element);
    await world.portal.sendRaw(element);
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-0': 'marked' });
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('that are twice in one list with different content: the first counts, the second is an incident', async () => {
    const world = await newWorld();
    await world.portal.send('CreateProject', { projectNo: '1' }, { messageId: 'm-0' });
    await world.portal.send('CreateProject', { projectNo: '2' }, { messageId: 'm-0' });
    await world.poll();
    await world.work();
    expect(await world.rows.projects()).toMatchObject([{ projectNo: '1' }]);
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'message-id-reused', messageId: 'm-0' }]);
  });
});

it('a message is recorded whatever its timestamp ends in where that is cut off', async () => {
  const world = await newWorld();
  const timestamp = `${'0'.repeat(199)}😀`;
  await world.portal.sendRaw(
    JSON.stringify({ messageId: 'm-1', messageType: 'CreateProject', data: { projectNo: 'p' }, timestamp }),
  );
  await world.run();
  expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
});

describe('what can not be read', () => {
  it('is held with an incident, each in a line of its own, and its neighbours are not harmed', async () => {
    const world = await newWorld();
    await world.portal.send('CreateProject', { projectNo: 'p' }, { messageId: 'm-1' });
    await world.portal.send('Nonsense', { projectNo: 'p' }, { messageId: 'm-unknown' });
    await world.portal.send('CreateProjectAccess', { projectNo: 'p' }, { messageId: 'm-unreadable' });
    await world.portal.send('CreateProjectAccess', { projectNo: 'p', accessIdentifier: 'a' }, { messageId: 'm-2' });
    await world.run();
    expect(await world.rows.states()).toEqual({
      'm-1': 'marked',
      'm-2': 'marked',
      'm-unknown': 'held',
      'm-unreadable': 'held',
    });
    expect((await world.rows.incidents()).toSorted((a, b) => (a.kind < b.kind ? -1 : 1))).toMatchObject([
      { kind: 'unknown-message-type', messageId: 'm-unknown', count: 1 },
      {
        kind: 'unreadable-message',
        messageId: 'm-unreadable',
        found: expect.stringContaining('accessIdentifier'),
        count: 1,
      },
    ]);
    expect(await world.portal.pending()).toBe(2);
  });

  it('is held whatever its type ends in where that is cut off', async () => {
    const world = await newWorld();
    await world.portal.send(`${'x'.repeat(199)}😀`, {}, { messageId: 'm-1' });
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'held' });
  });

  it('is an incident, counted at each poll, when it has not even an id', async () => {
    const world = await newWorld();
    await world.portal.sendRaw('{"messageType":"CreateProject","data":{"projectNo":1}}');
    await world.portal.sendRaw('17');
    await world.portal.sendRaw('{"messageId":"..","messageType":"CreateProject","data":{"projectNo":1}}');
    await world.portal.send('CreateProject', { projectNo: 'p' }, { messageId: 'm-1' });
    await world.poll();
    await world.poll();
    const incidents = await world.rows.incidents();
    expect(incidents.map(({ kind, count }) => [kind, count])).toEqual(Array(3).fill(['unreadable-message', 2]));
    expect(await world.rows.states()).toEqual({ 'm-1': 'open' });
  });
});

describe('a long list', () => {
  it('is recorded in its order, many messages in a transaction', async () => {
    const world = await newWorld();
    const ids = Array.from({ length: 250 }, (_, index) => `m-${index}`);
    await world.portal.sendMany(
      ids.map((messageId) => ({ messageType: 'ResetPassword', data: { accessIdentifier: 'a' }, messageId })),
    );
    await world.portal.sendMany(
      ids.map((messageId) => ({ messageType: 'CreateProject', data: { projectNo: 'p' }, messageId: `p-${messageId}` })),
    );
    let transactions = 0;
    world.outside.before = ({ name }) => {
      if (name === 'TransactWriteItemsCommand') transactions++;
    };
    await world.poll();
    const lines = Map.groupBy(await world.rows.lines(), ({ line }) => line);
    expect(lines.get('access#a')?.map(({ messageId }) => messageId)).toEqual(ids);
    expect(lines.get('project#p')?.map(({ messageId }) => messageId)).toEqual(ids.map((id) => `p-${id}`));
    expect(await world.rows.all('members')).toHaveLength(250);
    expect(transactions).toBeLessThan(25);
  });

  it('may have long messages: their text goes to a bucket, and they are handled like others', async () => {
    const world = await newWorld();
    const note = 'x'.repeat(150_000);
    await world.portal.send('CreateProject', { projectNo: 'p', note }, { messageId: 'm-1' });
    await world.poll();
    const record = await world.rows.message('m-1');
    expect(record.raw).toBeUndefined();
    expect(record.rawKey).toMatch(/^messages\//);
    await world.work();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
    expect(await world.rows.projects()).toHaveLength(1);
  });

  it('is recorded but for a message that DynamoDB does not take, which becomes an incident', async () => {
    const world = await newWorld();
    await sendProjects(world, 8);
    world.outside.before = ({ name, input }) => {
      const text = JSON.stringify(input);
      // The transaction with the message's record, and not the one with the incident.
      if (name !== 'TransactWriteItemsCommand' || !text.includes('m-3') || !text.includes('contentHash')) return;
      throw Object.assign(new Error('Item size has exceeded the maximum allowed size'), {
        name: 'ValidationException',
      });
    };
    await world.poll();
    await world.poll();
    const recorded = Object.keys(await world.rows.states()).toSorted();
    expect(recorded).toEqual(['m-0', 'm-1', 'm-2', 'm-4', 'm-5', 'm-6', 'm-7']);
    expect(await world.rows.incidents()).toMatchObject([{ messageId: 'm-3', count: 2 }]);
  });
});
