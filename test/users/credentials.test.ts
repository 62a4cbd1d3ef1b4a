import { describe, expect, it } from 'vitest';
import { create, grant, play, reset } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { hour, minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const calls = ['POST /user-accesses', 'PATCH /user-accesses/{accessIdentifier}'] as const;

const passwords = async ({ portal }: World) => {
  const sent = (await portal.snapshot()).credentials.get('a') ?? [];
  return sent.map(({ method, oneTimePassword }) => `${method} ${oneTimePassword}`);
};

describe('credentials that the portal does not take', () => {
  it('are sent again with backoff, the same ones', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.portal.setFaults({
      rules: [
        { kind: 'applied-cut', calls, times: 3 },
        { kind: 'status', status: 500, calls, times: 1 },
      ],
    });
    await play(world, grant('p', 'a'));
    const waiting = await world.rows.message('m-2');
    expect(waiting).toMatchObject({
      state: 'applied',
      attempts: 1,
      lastError: expect.stringContaining('POST /user-accesses'),
    });
    // The last poll of the run, which found nothing to do, was a minute after the failure.
    const wait = waiting.dueAt - (world.clock.now() - minute);
    expect(wait).toBeGreaterThanOrEqual(1.5 * minute);
    expect(wait).toBeLessThanOrEqual(2 * minute);
    expect(waiting.leaseUntil).toBeUndefined();
    for (const attempts of [2, 3]) {
      world.clock.advance(10 * minute);
      await world.run();
      expect((await world.rows.message('m-2')).attempts).toBe(attempts);
    }
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
    const sent = await passwords(world);
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(sent).size).toBe(1);
    expect(await world.rows.history('access#a')).toHaveLength(1);
  });

  it('wait for a right API key without using up attempts', async () => {
    const world = await newWorld({ maxAttempts: 2 });
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 401, calls }] });
    await play(world, grant('p', 'a'));
    for (let round = 0; round < 6; round++) {
      world.clock.advance(hour);
      await world.run();
    }
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'applied', attempts: 0 });
    expect(await world.rows.incidents()).toEqual([]);
    await world.portal.clearFaults();
    world.clock.advance(hour);
    await world.run();
    expect(await world.rows.states()).toMatchObject({ 'm-2': 'marked' });
  });

  it('are left to a person when attempts are used up, and what is behind them waits', async () => {
    const world = await newWorld({ maxAttempts: 3 });
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 500, calls }] });
    await play(world, grant('p', 'a'), reset('a'));
    for (let round = 0; round < 4; round++) {
      world.clock.advance(hour);
      await world.run();
    }
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'held', heldFrom: 'applied', attempts: 3 });
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'open' });
    expect(await world.rows.incidents()).toMatchObject([
      { kind: 'attempts-used-up', messageId: 'm-2', found: expect.stringContaining('500'), count: 1 },
    ]);
    expect(await world.portal.pending()).toBe(2);
  });

  it('are left to a person at once when the portal says that they never will be', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    await world.portal.setFaults({ rules: [{ kind: 'status', status: 403, calls }] });
    await play(world, grant('p', 'a'));
    expect(await world.rows.message('m-2')).toMatchObject({ state: 'held', attempts: 1 });
  });
});
