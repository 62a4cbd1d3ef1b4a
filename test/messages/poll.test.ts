import { describe, expect, it } from 'vitest';
import { transact } from '../../shared/platform/transaction.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const sendProject = async ({ portal }: World, projectNo = 'p', first = 1) => {
  await portal.send('CreateProject', { projectNo }, { messageId: `m-${first}` });
  await portal.send('CreateProjectAccess', { projectNo, accessIdentifier: 'a' }, { messageId: `m-${first + 1}` });
  await portal.send('DisableProjectAccess', { accessIdentifier: 'a' }, { messageId: `m-${first + 2}` });
};

describe('a poll', () => {
  it('records new messages in the order of the list, one project in one line', async () => {
    const world = await newWorld();
    await sendProject(world);
    await world.portal.send('CreateProject', { projectNo: 'other' }, { messageId: 'm-other' });
    await world.poll();
    const lines = await world.rows.lines();
    expect(lines.map(({ line, messageId }) => [line, messageId])).toEqual([
      ['project#other', 'm-other'],
      ['project#p', 'm-1'],
      ['project#p', 'm-2'],
      ['project#p', 'm-3'],
    ]);
    expect(await world.rows.message('m-2')).toMatchObject({
      type: 'CreateProjectAccess',
      state: 'open',
      attempts: 0,
      line: 'project#p',
      receivedAt: world.clock.now(),
    });
  });

  it('appends what comes later to its line, also when only the tables know the project', async () => {
    const world = await newWorld();
    await sendProject(world);
    await world.run();
    await world.portal.send('EnableProjectAccess', { accessIdentifier: 'a' }, { messageId: 'm-4' });
    await world.poll();
    expect(await world.rows.lines()).toMatchObject([{ line: 'project#p', messageId: 'm-4' }]);
  });

  it('queues the first message of each line, and nothing twice before it is due again', async () => {
    const world = await newWorld();
    await sendProject(world);
    await world.portal.send('CreateProject', { projectNo: 'other' }, { messageId: 'm-other' });
    await world.poll();
    expect((await world.take()).map(({ messageId }) => messageId).toSorted()).toEqual(['m-1', 'm-other']);
    world.clock.advance(minute);
    await world.poll();
    expect(await world.take()).toEqual([]);
    expect(await world.rows.message('m-1')).toMatchObject({ attempts: 1, dueAt: world.clock.now() + minute });
  });

  it('changes nothing when the list is the same', async () => {
    const world = await newWorld();
    await sendProject(world);
    await world.portal.sendRaw('{"messageId":"odd"}');
    await world.poll();
    const before = await Promise.all([world.rows.all('messages'), world.rows.lines(), world.rows.incidents()]);
    world.clock.advance(minute);
    await world.poll();
    expect(await Promise.all([world.rows.all('messages'), world.rows.lines(), world.rows.incidents()])).toEqual(before);
  });

  it('queues again what nobody finished: a queue may lose a message', async () => {
    const world = await newWorld();
    await sendProject(world);
    await world.poll();
    await world.take();
    world.clock.advance(2 * minute);
    await world.poll();
    expect(await world.take()).toMatchObject([{ type: 'CreateProject', messageId: 'm-1' }]);
    expect((await world.rows.message('m-1')).attempts).toBe(2);
  });

  it('finishes everything by itself when every queue message is lost that a function sends', async () => {
    const world = await newWorld();
    await sendProject(world);
    for (let round = 0; round < 6; round++) {
      await world.poll();
      const [first] = await world.take();
      if (first) await world.handle(first);
      await world.take();
      world.clock.advance(2 * minute);
    }
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked', 'm-3': 'marked' });
  });

  it('leaves a message alone while somebody is at work on it', async () => {
    const world = await newWorld();
    await sendProject(world);
    await world.poll();
    await world.take();
    world.outside.crashAt(4, 'before');
    const inWork = world.handlers.CreateProject.handle('m-1', world.clock.now() + 10 * minute);
    await expect(inWork).rejects.toThrow();
    world.outside.heal();
    world.clock.advance(9 * minute);
    await world.poll();
    expect(await world.take()).toEqual([]);
    world.clock.advance(minute);
    await world.poll();
    expect(await world.take()).toHaveLength(1);
  });

  it('has patience with a queue that is long: what waits in it for hours uses up no more than its attempts', async () => {
    const world = await newWorld({ maxAttempts: 10 });
    await sendProject(world);
    for (let quarter = 0; quarter < 4 * 6; quarter++) {
      await world.poll();
      world.clock.advance(15 * minute);
    }
    expect(await world.rows.message('m-1')).toMatchObject({ state: 'open' });
    const queued = await world.take();
    for (const each of queued) await world.handle(each);
    expect(await world.rows.message('m-1')).toMatchObject({ state: 'marked' });
  });

  it('holds a message whose attempts are used up, with one incident, and queues it no more', async () => {
    const world = await newWorld({ maxAttempts: 3 });
    await sendProject(world);
    for (let minutes = 0; minutes < 20; minutes++) {
      await world.poll();
      world.clock.advance(minute);
    }
    expect((await world.take()).filter(({ messageId }) => messageId === 'm-1')).toHaveLength(3);
    expect(await world.rows.message('m-1')).toMatchObject({ state: 'held', heldFrom: 'open', attempts: 3 });
    expect(await world.rows.incidents()).toMatchObject([
      { kind: 'attempts-used-up', messageId: 'm-1', expected: 'done within 3 attempts', count: 1, state: 'open' },
    ]);
    expect(world.logs).toContainEqual(expect.objectContaining({ message: 'incident', messageId: 'm-1', held: true }));
  });

  it('numbers on: a line goes in the order in which polls saw its messages', async () => {
    const world = await newWorld();
    for (const number of Array.from({ length: 12 }, (_, index) => index)) {
      await world.portal.send('ResetPassword', { accessIdentifier: 'x' }, { messageId: `m-${number}` });
      await world.poll();
    }
    const ids = (await world.rows.lines()).map(({ messageId }) => messageId);
    expect(ids).toEqual(Array.from({ length: 12 }, (_, index) => `m-${index}`));
  });
});

describe('the row of polls', () => {
  const pollRow = async ({ rows }: World) => (await rows.all('control')).find(({ name }) => name === 'poll');

  it('tells when the last complete list came and when all of a poll went well', async () => {
    const world = await newWorld();
    await world.poll();
    const at = world.clock.now();
    expect(await pollRow(world)).toMatchObject({ listedAt: at, succeededAt: at });
    await sendProject(world);
    await world.portal.setFaults({ rules: [{ kind: 'half-list', ending: 'clean' }] });
    world.clock.advance(minute);
    await expect(world.poll()).rejects.toThrow();
    expect(await pollRow(world)).toMatchObject({ listedAt: at, succeededAt: at, finishedAt: at + minute });
  });

  it('takes no poll of an outage for one that went well', async () => {
    const world = await newWorld();
    await world.poll();
    const at = world.clock.now();
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['GET /messages'] }] });
    for (let passed = 0; passed < 10; passed++) {
      world.clock.advance(minute);
      await world.poll().catch(() => {});
    }
    expect(await pollRow(world)).toMatchObject({ listedAt: at, succeededAt: at });
  });

  it('tells of a list that came before another step failed', async () => {
    const world = await newWorld();
    await sendProject(world);
    world.outside.before = ({ name }) => {
      if (name === 'SendMessageBatchCommand') throw new Error('no queue');
    };
    await expect(world.poll()).rejects.toThrow('no queue');
    const row = await pollRow(world);
    expect(row).toMatchObject({ listedAt: world.clock.now() });
    expect(row).not.toHaveProperty('succeededAt');
  });
});

describe('polls that overlap', () => {
  it('exclude one another: the second does nothing', async () => {
    const world = await newWorld();
    await sendProject(world);
    await Promise.all([world.poll(), world.poll()]);
    expect(world.logs.filter(({ message }) => message === 'poll skipped')).toHaveLength(1);
    expect(await world.rows.lines()).toHaveLength(3);
    expect(await world.take()).toHaveLength(1);
  });

  it('a poll that outlived its lease records nothing any more', async () => {
    const world = await newWorld();
    await sendProject(world);
    let overtaken = false;
    world.outside.before = async ({ name }) => {
      if (name !== 'listMessages' || overtaken) return;
      overtaken = true;
      world.clock.advance(6 * minute);
      await world.poll();
      await world.portal.send('CreateProject', { projectNo: 'late' }, { messageId: 'm-late' });
    };
    await expect(world.poll()).rejects.toThrow('Another poll took over');
    expect(Object.keys(await world.rows.states()).toSorted()).toEqual(['m-1', 'm-2', 'm-3']);
  });

  it('a poll that another one overtook by a clock that is ahead marks nothing that the other has recorded', async () => {
    const world = await newWorld();
    await sendProject(world);
    let overtaken = false;
    world.outside.before = async ({ name }) => {
      if (name !== 'listMessages' || overtaken) return;
      overtaken = true;
      await world.rows.change('control', { name: 'poll' }, { leaseUntil: 0 });
      await world.poll();
    };
    await world.poll();
    expect(overtaken).toBe(true);
    expect(await world.rows.states()).toEqual({ 'm-1': 'open', 'm-2': 'open', 'm-3': 'open' });
    expect(await world.portal.pending()).toBe(3);
  });

  it('a poll that died keeps others out only until its lease ends', async () => {
    const world = await newWorld();
    await sendProject(world);
    world.outside.crashAt(3, 'before');
    await expect(world.poll()).rejects.toThrow();
    world.outside.heal();
    await world.poll();
    expect(await world.rows.lines()).toEqual([]);
    world.clock.advance(5 * minute);
    await world.poll();
    expect(await world.rows.lines()).toHaveLength(3);
  });
});

describe('a clock that was an hour ahead, before a restart', () => {
  const later = ({ clock }: World) => clock.now() + 60 * minute;

  it('keeps no poll out', async () => {
    const world = await newWorld();
    await sendProject(world);
    await world.rows.change('control', { name: 'poll' }, { leaseUntil: later(world) });
    await world.poll();
    expect(await world.rows.lines()).toHaveLength(3);
  });

  it.each(['leaseUntil', 'dueAt'])('keeps no message waiting by its %s', async (attribute) => {
    const world = await newWorld();
    await sendProject(world);
    await world.poll();
    await world.take();
    await world.rows.change('messages', { messageId: 'm-1' }, { dueAt: 0, [attribute]: later(world) });
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-1': 'marked', 'm-2': 'marked', 'm-3': 'marked' });
  });
});

describe('a pause', () => {
  const pause = ({ context }: World) =>
    transact(context.db, context.clock, [{ Put: { TableName: context.tables.control, Item: { name: 'pause' } } }]);
  const resume = ({ context }: World) =>
    transact(context.db, context.clock, [{ Delete: { TableName: context.tables.control, Key: { name: 'pause' } } }]);

  it('stops polls, which go on at once when it is over', async () => {
    const world = await newWorld();
    await sendProject(world);
    await pause(world);
    await world.poll();
    expect(await world.rows.all('messages')).toEqual([]);
    expect(world.logs).toContainEqual(expect.objectContaining({ message: 'poll skipped', reason: 'paused' }));
    await resume(world);
    await world.poll();
    expect(await world.rows.lines()).toHaveLength(3);
  });
});
