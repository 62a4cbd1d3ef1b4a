import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { filesAtOnce } from '../../shared/files/effects/data-delivery-ready.ts';
import { claimMessage } from '../../shared/messages/dispatch.ts';
import type { LineEntry } from '../../shared/messages/record.ts';
import { create, disable, enable, grant, play, reset, type Step, send } from '../support/messages.ts';
import { readsItem } from '../support/outside.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const sentPasswords = async ({ portal }: World) => (await portal.snapshot()).credentials.get('a') ?? [];

describe('a queue message that comes more than once', () => {
  it('has one effect when the second comes after the first is done', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'));
    await world.poll();
    const [queued] = await world.take();
    if (!queued) throw new Error('nothing is queued');
    await world.handle(queued);
    await world.handle(queued);
    expect(await world.rows.history('access#a')).toHaveLength(1);
    expect(await sentPasswords(world)).toHaveLength(1);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('has one effect when both come at once', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'));
    await world.poll();
    const [queued] = await world.take();
    if (!queued) throw new Error('nothing is queued');
    await Promise.all([world.handle(queued), world.handle(queued), world.handle(queued)]);
    expect(await world.rows.history('access#a')).toHaveLength(1);
    expect(await sentPasswords(world)).toHaveLength(1);
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('has one effect when a second handler takes over in the middle, because the lease of the first ended', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await send(world, reset('a'));
    await world.poll();
    const [queued] = await world.take();
    if (!queued) throw new Error('nothing is queued');
    let overtaken = false;
    world.outside.before = async ({ name }) => {
      if (overtaken || name !== 'TransactWriteItemsCommand') return;
      overtaken = true;
      world.clock.advance(minute);
      await world.handle(queued);
    };
    await world.handle(queued);
    expect((await world.rows.history('access#a')).map(({ event }) => event)).toEqual(['created', 'password reset']);
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked' });
    expect(await world.rows.incidents()).toEqual([]);
  });

  it.each([
    ['delivers', 'resetPassword', reset],
    ['settles a mismatch', 'TransactWriteItemsCommand', enable],
  ] as const)(
    'is finished by the second handler when the lease of the first ends while it %s',
    async (_, call, step) => {
      const world = await newWorld();
      await play(world, create('p'), grant('p', 'a'));
      await send(world, step('a'));
      await world.poll();
      const [queued] = await world.take();
      if (!queued) throw new Error('nothing is queued');
      let overtaken = false;
      world.outside.before = async ({ name }) => {
        if (overtaken || name !== call) return;
        overtaken = true;
        world.clock.advance(minute);
        await world.handle(queued);
      };
      await world.handle(queued);
      expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked' });
      expect(await world.rows.lines()).toEqual([]);
      expect((await world.rows.incidents()).every(({ count }) => count === 1)).toBe(true);
      expect(
        new Set((await sentPasswords(world)).slice(1).map(({ oneTimePassword }) => oneTimePassword)).size,
      ).toBeLessThan(2);
    },
  );

  it('ends marked at once when DynamoDB gets its last write twice, because the first answer was lost', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'));
    await world.poll();
    const [queued] = await world.take();
    if (!queued) throw new Error('nothing is queued');
    const { db } = world.context;
    if (!(db instanceof DynamoDBDocumentClient)) throw new Error('no client of the SDK');
    let sentTwice = 0;
    db.middlewareStack.add(
      (send) => async (args) => {
        const isLast = JSON.stringify(args.input).includes(':settledAt');
        if (isLast) await send(args);
        if (isLast) sentTwice += 1;
        return send(args);
      },
      { step: 'serialize', priority: 'low' },
    );
    await world.handle(queued);
    expect(sentTwice).toBe(1);
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
    expect(await world.rows.lines()).toEqual([]);
  });

  it('is dropped when it comes before its turn, or for another type', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'), disable('a'));
    await world.poll();
    await world.handle({ type: 'CreateProjectAccess', messageId: 'm-2' });
    await world.handle({ type: 'DisableProjectAccess', messageId: 'm-3' });
    await world.handle({ type: 'DeleteProject', messageId: 'm-1' });
    await world.handle({ type: 'CreateProject', messageId: 'm-nobody-knows' });
    expect(await world.rows.states()).toEqual({ 'm-1': 'open', 'm-2': 'open', 'm-3': 'open' });
    expect(await world.rows.all('history')).toEqual([]);
    await world.work();
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['marked']));
  });
});

it('a message that was put to work before its turn is put to work again as soon as it is next, and no attempt is counted', async () => {
  const world = await newWorld();
  await send(world, create('p'), grant('p', 'a'));
  await world.poll();
  const [, entry] = await world.rows.lines();
  // By a view of the line that is out of date.
  expect(await claimMessage(world.context, entry as LineEntry)).toBe(true);
  await world.handle({ type: 'CreateProjectAccess', messageId: 'm-2' });
  expect(await world.rows.message('m-2')).toMatchObject({ state: 'open', attempts: 0 });
  await world.handle({ type: 'CreateProjectAccess', messageId: 'm-2' });
  expect(await world.rows.message('m-2'), 'as the queue may bring it twice').toMatchObject({ attempts: 0 });
  await world.work();
  expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
});

describe('a handler', () => {
  it('leaves the next message of its line queued that waits in a long queue after some attempts', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'));
    await world.poll();
    const queued = { attempts: 3, dueAt: world.clock.now() + 15 * minute };
    await world.rows.change('messages', { messageId: 'm-2' }, queued);
    expect(await world.work()).toBe(1);
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'open', ...queued });
  });

  it('queues the next message of its line at once, of whatever type', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'), disable('a'));
    await world.poll();
    expect(await world.work()).toBe(3);
    expect(await world.portal.pending()).toBe(0);
  });

  it('queues what came to the line while it was at work', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    let polled = false;
    world.outside.before = async ({ name }) => {
      if (polled || name !== 'TransactWriteItemsCommand') return;
      polled = true;
      await send(world, grant('p', 'a'));
      await world.poll();
    };
    expect(await world.work()).toBe(2);
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
  });

  it('plans anew when a row changed between reading and writing', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await send(world, reset('a'));
    await world.poll();
    let changed = false;
    world.outside.before = async ({ name }) => {
      if (changed || name !== 'TransactWriteItemsCommand') return;
      changed = true;
      await world.rows.change('users', { accessIdentifier: 'a' }, { version: 7, enabled: false });
    };
    await world.work();
    expect(await world.rows.user('a')).toMatchObject({ version: 8, enabled: false, passwordMessageId: 'm-3' });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'marked' });
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('leaves a message whose text is gone to a person', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    await world.rows.change('messages', { messageId: 'm-1' }, { raw: undefined });
    await world.work();
    expect(await world.rows.states()).toEqual({ 'm-1': 'held' });
    expect(await world.rows.incidents()).toMatchObject([
      { kind: 'attempts-used-up', expected: 'CreateProject takes effect' },
    ]);
  });

  it('tries again later, with backoff, when something outside fails', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    world.outside.before = ({ input }) => {
      if (JSON.stringify(input)?.includes('attribute_not_exists(projectNo)')) throw new Error('the network is gone');
    };
    await world.work();
    world.outside.heal();
    const record = await world.rows.message('m-1');
    expect(record).toMatchObject({ state: 'open', attempts: 1, lastError: 'Error: the network is gone' });
    expect(record.dueAt - world.clock.now()).toBeGreaterThanOrEqual(1.5 * minute);
    await world.poll();
    expect(await world.take()).toEqual([]);
    world.clock.advance(2 * minute);
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
  });

  it('holds a message when its last attempt fails, for which no revocation of an access waits', async () => {
    const world = await newWorld({ maxAttempts: 2 });
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    await send(world, reset('b'), disable('a'));
    world.outside.before = (call) => {
      if (readsItem(call, 'b') && !JSON.stringify(call.input).includes('ProjectionExpression'))
        throw new Error('that row can not be read');
    };
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'open', 'm-5': 'marked' });
    world.clock.advance(10 * minute);
    await world.poll();
    expect(await world.work()).toBe(1);
    expect(await world.rows.states()).toMatchObject({ 'm-4': 'held', 'm-5': 'marked' });
  });
});

describe('a delivery of more files than are registered before the deadline', () => {
  it('goes on with the rest in time, and counts no attempt', async () => {
    const world = await newWorld({ maxAttempts: 2 });
    await play(world, create('p'));
    const files = Array.from({ length: 20 * filesAtOnce }, (_, index) => ({
      fileId: `f-${index}`,
      fileSize: 3,
      fileChecksum: '0'.repeat(32),
    }));
    await send(world, ['DataDeliveryReady', { projectNo: 'p', files }]);
    await world.poll();
    world.outside.before = ({ name }) => {
      if (name.startsWith('TransactWrite')) world.clock.advance(2_000);
    };
    for (let [delivery] = await world.take(); delivery; [delivery] = await world.take()) {
      const deadline = world.clock.now() + 30_000;
      await world.handle(delivery);
      expect(world.clock.now()).toBeLessThanOrEqual(deadline);
    }
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'working', filesLeft: files.length });
    expect(await world.rows.all('files')).toHaveLength(files.length);
  });
});

describe('the deletion of a file', () => {
  it('passes more returns that wait for a person than one transaction checks', async () => {
    const world = await newWorld({ holdTypes: ['ReturnDataFile'] });
    const files = [{ fileId: 'f', fileSize: 3, fileChecksum: '0'.repeat(32) }];
    await play(world, create('p'), ['DataDeliveryReady', { projectNo: 'p', files }]);
    await world.rows.change('files', { fileId: 'f' }, { state: 'stored', storedAt: 1, leaseUntil: undefined });
    const returns = Array.from({ length: 110 }, (): Step => ['ReturnDataFile', { fileId: 'f' }]);
    await play(world, ...returns, ['DeleteDataFile', { fileId: 'f' }]);
    await world.run();
    expect(await world.rows.all('files')).toEqual([]);
    expect((await world.rows.states())['m-113']).toBe('marked');
  });
});
