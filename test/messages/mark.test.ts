import { describe, expect, it } from 'vitest';
import { create, grant, play, reset, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const fail = ({ portal }: World, status: number) =>
  portal.setFaults({ rules: [{ kind: 'status', status, calls: ['PATCH /messages/{id}'] }] });

describe('marking', () => {
  it('keeps a marked message for 400 days, and its line no longer', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    const record = await world.rows.message('m-1');
    const days = ((record.expiresAt ?? 0) * 1000 - (record.markedAt ?? 0)) / 86_400_000;
    expect(days).toBeCloseTo(400, 3);
    expect(await world.rows.lines()).toEqual([]);
  });

  it('takes "already marked" as success', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    await world.context.portal.markMessage('m-1');
    await world.work();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
  });

  it('blocks no line: the next message goes on while the portal fails, and the next poll marks them all', async () => {
    const world = await newWorld();
    await fail(world, 500);
    await play(world, create('p'), grant('p', 'a'), reset('a'));
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['done']));
    expect(await world.portal.pending()).toBe(3);
    await world.portal.setFaults({ rules: [], inOrderMarking: true });
    world.clock.advance(minute);
    await world.poll();
    expect(new Set(Object.values(await world.rows.states()))).toEqual(new Set(['marked']));
    expect(await world.rows.lines()).toEqual([]);
  });

  it('keeps no poll from its time: what a poll does not come to until the next is due, the next one marks', async () => {
    const world = await newWorld();
    await fail(world, 500);
    await play(world, ...Array.from({ length: 20 }, (_, number) => create(`p-${number}`)));
    await play(world, ...Array.from({ length: 20 }, (_, number) => grant('p-0', `a-${number}`)));
    await world.portal.setFaults({ rules: [] });
    world.outside.before = ({ name }) => {
      if (name === 'markMessage') world.clock.advance(minute / 10);
    };
    for (let left = 40; left > 0; ) {
      await world.poll();
      const pending = await world.portal.pending();
      expect(left - pending).toBeGreaterThanOrEqual(Math.min(left, 10));
      expect(left - pending).toBeLessThanOrEqual(20);
      left = pending;
    }
    expect(await world.rows.lines()).toEqual([]);
  });

  it('goes on when the answer is lost, whoever asks again', async () => {
    const world = await newWorld();
    await world.portal.setFaults({ rules: [{ kind: 'applied-cut', calls: ['PATCH /messages/{id}'], times: 1 }] });
    await play(world, create('p'));
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
  });

  it('counts refusals, and asks a person after many', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.portal.setFaults({ otherCentreIds: ['m-1'] });
    await world.run();
    expect(await world.rows.message('m-1')).toMatchObject({ state: 'done', markRefusals: 2 });
    await world.rows.change('messages', { messageId: 'm-1' }, { markRefusals: 58 });
    await world.poll();
    expect(await world.rows.incidents()).toEqual([]);
    await world.poll();
    await world.poll();
    const incident = { kind: 'marking-refused', messageId: 'm-1', found: 'forbidden' };
    expect(await world.rows.incidents()).toMatchObject([{ ...incident, count: 2 }]);
    expect(world.logs).toContainEqual(expect.objectContaining({ message: 'incident', ...incident }));
    await world.portal.setFaults({ otherCentreIds: [] });
    await world.poll();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
  });

  it('stays, counted, when the portal does not know the message but lists it', async () => {
    const world = await newWorld();
    await fail(world, 404);
    await play(world, create('p'));
    expect(await world.rows.message('m-1')).toMatchObject({ state: 'done', markRefusals: 2 });
  });

  it('never happens before the effect, nor before credentials are delivered', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls: ['POST /user-accesses'] }] });
    await play(world, grant('p', 'a'));
    expect((await world.portal.snapshot()).messages).toMatchObject([{ marked: true }, { marked: false }]);
  });
});
