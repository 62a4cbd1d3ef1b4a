import { describe, expect, it } from 'vitest';
import { sqsRecord } from '../support/aws-events.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { create, grant, play, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import type { World } from '../support/world.ts';
import { minute } from '../support/world.ts';

const newWorld = useWorlds();

const invoke = (world: World, type: 'CreateProject' | 'CreateProjectAccess', bodies: readonly string[]) =>
  world.handlers[type].lambda({ Records: bodies.map(sqsRecord) }, lambdaContext());

describe('the function of a queue', () => {
  it('handles every message of a batch, and reports none as failed', async () => {
    const world = await newWorld();
    const ids = await send(world, create('p'), create('q'), create('r'));
    await world.poll();
    const answer = await invoke(
      world,
      'CreateProject',
      ids.map((messageId) => JSON.stringify({ messageId })),
    );
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await world.rows.projects()).toHaveLength(3);
    expect(await world.portal.pending()).toBe(0);
  });

  it.each(['no JSON', '[]', '{}', '{"messageId":7}', '{"messageId":""}', '{"messageId":".."}', '"m-1"'])(
    'reports what can not be decoded (%s), without harm to its neighbours',
    async (body) => {
      const world = await newWorld();
      await send(world, create('p'));
      await world.poll();
      const answer = await invoke(world, 'CreateProject', [body, '{"messageId":"m-1"}']);
      expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'sqs-0' }] });
      expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
      expect(world.logs).toContainEqual(expect.objectContaining({ level: 'error', queueMessageId: 'sqs-0' }));
    },
  );

  it('drops messages that nobody knows', async () => {
    const world = await newWorld();
    expect(await invoke(world, 'CreateProject', ['{"messageId":"unknown"}'])).toEqual({ batchItemFailures: [] });
  });

  it('reports what failed so that the table could not be told', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    world.outside.before = ({ name }) => {
      if (name === 'TransactWriteItemsCommand' || name === 'UpdateItemCommand') throw new Error('DynamoDB is gone');
    };
    const answer = await invoke(world, 'CreateProject', ['{"messageId":"m-1"}']);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'sqs-0' }] });
  });

  it('does nothing during a pause: what it drops is queued again afterwards', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    await world.rows.change('control', { name: 'pause' }, { since: 1 });
    expect(await invoke(world, 'CreateProject', ['{"messageId":"m-1"}'])).toEqual({ batchItemFailures: [] });
    expect(await world.rows.states()).toEqual({ 'm-1': 'open' });
    await world.rows.delete('control', { name: 'pause' });
    world.clock.advance(2 * minute);
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
  });

  it('counts no attempt of what it drops during a pause, and the first poll afterwards queues it', async () => {
    const world = await newWorld({ maxAttempts: 3 });
    await send(world, create('p'));
    for (let pauses = 0; pauses < 5; pauses++) {
      await world.poll();
      expect(await world.take()).toHaveLength(1);
      // It may have stood in a long queue.
      world.clock.advance(pauses * 5 * minute);
      await world.rows.change('control', { name: 'pause' }, { since: 1 });
      const twice = ['{"messageId":"m-1"}', '{"messageId":"m-1"}', '{"messageId":"unknown"}'];
      expect(await invoke(world, 'CreateProject', twice)).toEqual({ batchItemFailures: [] });
      expect((await world.rows.message('m-1')).attempts).toBe(0);
      await world.rows.delete('control', { name: 'pause' });
    }
    expect(await world.rows.all('messages')).toHaveLength(1);
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('leaves alone during a pause what another function is at work on, and what is done', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'));
    await world.poll();
    world.outside.before = async ({ name }) => {
      if (name !== 'createUserAccess') return;
      await world.rows.change('control', { name: 'pause' }, { since: 1 });
      const before = await world.rows.all('messages');
      await invoke(world, 'CreateProjectAccess', ['{"messageId":"m-2"}']);
      await invoke(world, 'CreateProject', ['{"messageId":"m-1"}']);
      expect(await world.rows.all('messages')).toEqual(before);
    };
    await world.handle({ type: 'CreateProjectAccess', messageId: 'm-2' });
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
  });

  it('carries ids that SQS would not take as they are', async () => {
    const world = await newWorld();
    const messageId = 'æ\u0001\ufffe😀"\\ %2e';
    await world.portal.send('CreateProject', { projectNo: 'ø/..\u0000' }, { messageId });
    await world.run();
    expect(await world.rows.states()).toEqual({ [messageId]: 'marked' });
    expect(await world.portal.pending()).toBe(0);
  });

  it('takes its lease for as long as it runs: nobody else gets in before', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await send(world, grant('p', 'a'));
    await world.poll();
    let leaseUntil: number | undefined;
    world.outside.before = async ({ name }) => {
      if (name === 'createUserAccess') leaseUntil = (await world.rows.message('m-2')).leaseUntil;
    };
    await invoke(world, 'CreateProjectAccess', ['{"messageId":"m-2"}']);
    expect(leaseUntil).toBe(world.clock.now() + 28_000);
  });
});
