import { describe, expect, it } from 'vitest';
import { readPortalHealth } from '../../shared/operations/portal-health.ts';
import { create, grant, remove, reset, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { apiKey, minute, type World } from '../support/world.ts';

const newWorld = useWorlds();
const down = { kind: 'status', status: 500 } as const;

/** Polls once a minute. @returns how often the portal was asked for its list, and the errors that polls ended in */
async function pollFor(world: World, minutes: number) {
  const before = await listCalls(world);
  const errors: unknown[] = [];
  for (let passed = 0; passed < minutes; passed++) {
    world.clock.advance(minute);
    await world.poll().catch((error) => errors.push(error));
  }
  return { asked: (await listCalls(world)) - before, errors };
}

async function workFor(world: World, minutes: number) {
  for (let passed = 0; passed < minutes; passed++) {
    await pollFor(world, 1);
    await world.work();
  }
}

const total = (byStatus: Record<string, number> = {}) => Object.values(byStatus).reduce((sum, count) => sum + count, 0);
const listCalls = async ({ portal }: World) => total((await portal.snapshot()).requests['GET /messages']);
const allCalls = async ({ portal }: World) =>
  Object.values((await portal.snapshot()).requests).reduce((sum, byStatus) => sum + total(byStatus), 0);
const health = ({ context }: World) => readPortalHealth(context.db, context.tables.control);
const incidentLines = ({ logs }: World) => logs.filter(({ message }) => message === 'incident');
const recoveryLines = ({ logs }: World) => logs.filter(({ message }) => message === 'the portal answers again');

describe('a portal that gives no answer', () => {
  it('is asked less and less often, and told once', async () => {
    const world = await newWorld();
    await world.portal.setFaults({ rules: [down] });
    const { asked, errors } = await pollFor(world, 60);
    expect(asked).toBeLessThanOrEqual(10);
    expect(errors).toHaveLength(2);
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unreachable', state: 'open', count: 1 }]);
    expect(incidentLines(world)).toHaveLength(1);
    expect(incidentLines(world)[0]).toMatchObject({ found: expect.stringContaining('500') });
    expect(await health(world)).toMatchObject({ state: 'unreachable' });
  });

  it('is well when it answers, which is told once too, and everything goes on', async () => {
    const world = await newWorld();
    await world.portal.setFaults({ rules: [down] });
    await pollFor(world, 20);
    await world.portal.clearFaults();
    await send(world, create('p'));
    await pollFor(world, 16);
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
    expect(await health(world)).toMatchObject({ state: 'reachable', failures: 0 });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unreachable', state: 'resolved' }]);
    expect(recoveryLines(world)).toHaveLength(1);
  });

  it('a second time is the same incident, open again', async () => {
    const world = await newWorld();
    for (const fault of [[down], [], [down]]) {
      await world.portal.setFaults({ rules: fault });
      await pollFor(world, 20);
    }
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unreachable', state: 'open', count: 2 }]);
    expect(incidentLines(world)).toHaveLength(2);
  });

  it('is no outage when it misses a poll or two', async () => {
    const world = await newWorld();
    for (let time = 0; time < 4; time++) {
      await world.portal.setFaults({ rules: [{ ...down, calls: ['GET /messages'], times: 2 }] });
      expect(await pollFor(world, 3)).toMatchObject({ asked: 3, errors: [expect.any(Error), expect.any(Error)] });
    }
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('leaves alone what needs no portal: messages that came before take effect', async () => {
    const world = await newWorld({ maxAttempts: 50 });
    await send(world, create('p'), create('q'));
    await world.poll();
    await world.take();
    await world.portal.setFaults({ rules: [down] });
    await pollFor(world, 5);
    await world.work();
    expect(await world.rows.states()).toEqual({ 'm-1': 'done', 'm-2': 'done' });
    const marks = (await world.portal.snapshot()).requests['PATCH /messages/{id}'];
    await pollFor(world, 30);
    expect((await world.portal.snapshot()).requests['PATCH /messages/{id}']).toEqual(marks);
  });

  it('uses up no message: what waits for the portal goes on when it answers, however long that takes', async () => {
    const world = await newWorld({ maxAttempts: 3 });
    await send(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    await world.poll();
    await world.portal.setFaults({ rules: [down] });
    await world.work();
    await workFor(world, 60);
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unreachable', state: 'open' }]);
    await world.portal.clearFaults();
    await workFor(world, 16);
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked', 'm-3': 'marked' });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unreachable', state: 'resolved' }]);
  });

  it('holds no message that a page in front of the portal refuses meanwhile', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'));
    await world.poll();
    await world.take();
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 404 }] });
    await pollFor(world, 5);
    await workFor(world, 60);
    expect(await world.rows.states()).toEqual({ 'm-1': 'done', 'm-2': 'applied' });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unreachable', state: 'open' }]);
    await world.portal.clearFaults();
    await workFor(world, 70);
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
  });

  it('keeps no deletion waiting behind what waits for the portal', async () => {
    const world = await newWorld({ maxAttempts: 3 });
    await send(world, create('p'), grant('p', 'a'), grant('p', 'b'), remove('p'));
    await world.poll();
    await world.portal.setFaults({ rules: [down] });
    await world.work();
    await workFor(world, 60);
    expect(await world.rows.states()).toEqual({
      'm-1': 'done',
      'm-2': 'superseded',
      'm-3': 'superseded',
      'm-4': 'done',
    });
  });
});

describe('a portal that refuses the key', () => {
  it('is asked for its list with it each quarter of an hour, by nobody for anything else, and told once', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'), reset('a'));
    await world.poll();
    world.key.text = 'wrong-key';
    world.key.version = 'key-2';
    expect(await pollFor(world, 1)).toEqual({ asked: 1, errors: [] });
    const [calls, lists] = [await allCalls(world), await listCalls(world)];
    for (let passed = 0; passed < 45; passed++) {
      expect((await pollFor(world, 1)).errors).toEqual([]);
      await world.work();
    }
    expect((await listCalls(world)) - lists).toBe(3);
    expect(await allCalls(world)).toBe(calls + 3);
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unauthorized', state: 'open', count: 1 }]);
    expect(incidentLines(world)).toHaveLength(1);
    expect(await world.rows.states()).toEqual({ 'm-1': 'done', 'm-2': 'applied', 'm-3': 'open' });
    expect((await world.rows.message('m-2')).attempts).toBeLessThanOrEqual(1);
    expect(await world.rows.text()).not.toContain('wrong-key');
  });

  it('for a while and then takes the same key, goes on by itself', async () => {
    const world = await newWorld();
    world.key.text = 'wrong-key';
    await pollFor(world, 5);
    await send(world, create('p'), grant('p', 'a'));
    world.key.text = apiKey;
    await pollFor(world, 15);
    await world.work();
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unauthorized', state: 'resolved', count: 1 }]);
    expect(recoveryLines(world)).toHaveLength(1);
    expect(await health(world)).not.toHaveProperty('keyVersion');
  });

  it('and then gives no answer, is not asked with the key more often for that', async () => {
    const world = await newWorld();
    world.key.text = 'wrong-key';
    await pollFor(world, 1);
    await world.portal.setFaults({ rules: [down] });
    const { asked } = await pollFor(world, 60);
    expect(asked).toBeLessThanOrEqual(4);
    expect(await health(world)).toMatchObject({ state: 'unauthorized' });
  });

  it('is called as soon as there is another key, and goes on by itself', async () => {
    const world = await newWorld();
    world.key.text = 'wrong-key';
    await pollFor(world, 5);
    await send(world, create('p'), grant('p', 'a'));
    Object.assign(world.key, { text: apiKey, version: 'key-2' });
    expect(await pollFor(world, 1)).toEqual({ asked: 1, errors: [] });
    await world.work();
    await world.run();
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked', 'm-2': 'marked' });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unauthorized', state: 'resolved' }]);
    expect(recoveryLines(world)).toHaveLength(1);
    expect(await health(world)).not.toHaveProperty('keyVersion');
  });

  it('and the next key as well, is told again and called once for it', async () => {
    const world = await newWorld();
    world.key.text = 'wrong-key';
    await pollFor(world, 5);
    Object.assign(world.key, { text: 'wrong-too', version: 'key-2' });
    expect(await pollFor(world, 5)).toEqual({ asked: 1, errors: [] });
    expect(await world.rows.incidents()).toMatchObject([{ kind: 'portal-unauthorized', state: 'open', count: 2 }]);
    expect(incidentLines(world)).toHaveLength(2);
  });
});
