import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterMarkingAgain, isMarkingDue, needsPerson } from '../../shared/messages/poll/mark-again.ts';
import type { Relisting } from '../../shared/messages/record.ts';
import { create, play } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

/** A portal that says of every message that it is marked already, and goes on listing it. */
const forget = ({ portal }: World) =>
  portal.setFaults({ rules: [{ kind: 'status', status: 400, calls: ['PATCH /messages/{id}'] }] });
const told = async ({ portal }: World) => (await portal.snapshot()).requests['PATCH /messages/{id}']?.[400] ?? 0;

async function pollFor(world: World, minutes: number): Promise<void> {
  for (let passed = 0; passed < minutes; passed++) {
    world.clock.advance(minute);
    await world.poll();
  }
}

describe('a message that the portal lists although it agreed to mark it', () => {
  it('is marked again, less and less often, and after an hour an incident is raised', async () => {
    const world = await newWorld();
    await forget(world);
    await play(world, create('p'));
    await pollFor(world, 58);
    expect(await world.rows.incidents()).toEqual([]);
    expect(await told(world)).toBeLessThanOrEqual(10);
    await pollFor(world, 30);
    expect(await world.rows.incidents()).toMatchObject([
      {
        kind: 'marking-refused',
        messageId: 'm-1',
        state: 'open',
        found: expect.stringMatching(/^marked \d+ times more, and still listed$/),
      },
    ]);
    expect(await world.rows.states()).toEqual({ 'm-1': 'marked' });
    await world.portal.clearFaults();
    await pollFor(world, 16);
    expect(await world.portal.pending()).toBe(0);
  });

  it('is kept for as long as it is listed: it would be carried out anew', async () => {
    const world = await newWorld();
    await forget(world);
    await play(world, create('p'));
    const expiry = async () => (await world.rows.message('m-1')).expiresAt ?? 0;
    const [before, day] = [await expiry(), 86_400];
    world.clock.advance(30 * day * 1_000);
    await world.poll();
    expect((await expiry()) - before).toBeGreaterThanOrEqual(30 * day);
  });

  it('is marked once a poll at most, however often polls come', async () => {
    const world = await newWorld();
    await forget(world);
    await play(world, create('p'));
    const before = await told(world);
    for (let poll = 0; poll < 20; poll++) await world.poll();
    expect((await told(world)) - before).toBeLessThanOrEqual(1);
  });
});

describe('the pauses between two marks', () => {
  it('grow from a poll to a quarter of an hour, or a poll where that is longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_800 }), fc.nat(1e12), (pollSeconds, start) => {
        let relisting: Relisting | undefined;
        let [now, last] = [start, 0];
        for (let time = 0; time < 12; time++) {
          expect(isMarkingDue(relisting, now, pollSeconds)).toBe(true);
          relisting = afterMarkingAgain(relisting, now, pollSeconds);
          expect(relisting).toMatchObject({ since: start, told: time + 1 });
          const pause = relisting.nextAt - now;
          expect(pause).toBeGreaterThanOrEqual(Math.max(last, pollSeconds * 500));
          expect(pause).toBeLessThanOrEqual(Math.max(pollSeconds * 1_000, 15 * minute));
          expect(isMarkingDue(relisting, relisting.nextAt - 1, pollSeconds)).toBe(false);
          [now, last] = [relisting.nextAt, pause];
        }
      }),
    );
  });

  it('begin anew for one that was not listed for long', () => {
    const first = afterMarkingAgain(undefined, 0, 60);
    const later = afterMarkingAgain(first, 30 * 24 * 60 * minute, 60);
    expect(later).toMatchObject({ since: 30 * 24 * 60 * minute, told: 1 });
    expect(needsPerson(later, later.nextAt, 60)).toBe(false);
  });

  it('begin anew where a clock that was ahead has noted them', () => {
    const [now, hour] = [1e12, 60 * minute];
    const ahead = afterMarkingAgain(undefined, now + hour, 60);
    expect(isMarkingDue(ahead, now, 60)).toBe(true);
    expect(afterMarkingAgain(ahead, now, 60)).toMatchObject({ since: now, told: 1 });
  });
});
