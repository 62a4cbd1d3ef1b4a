import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { historyWrites } from '../../shared/history/history.ts';
import { publishEvents } from '../../shared/history/publish.ts';
import {
  type HourRow,
  type HourSample,
  keptHours,
  lastDay,
  recordHour,
  recordMovedFiles,
  withSample,
} from '../../shared/operations/hours.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { startTestBus } from '../support/event-bus.ts';
import { create, grant, play, reset, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';
import { createOperateApi } from './operate-api.ts';

const createWorld = useWorlds();
const hour = 60 * minute;
const hourOf = (at: number) => at - (at % hour);

const shown = z.object({ hours: z.array(z.record(z.string(), z.number())) });

/** The hours that an operator sees. */
async function hoursOf(world: World) {
  const { get } = await createOperateApi(world);
  return shown.parse(await get('status')).hours;
}

/** Has a file come to a state, and what happened published, as the schedule does it. */
async function moveFiles(world: World, ...sizes: number[]) {
  const { db, clock } = world.context;
  for (const [index, size] of sizes.entries()) {
    const subject = `file#${clock.now()}-${index}`;
    const event = { subject, sequence: 1, event: 'stored', details: { size } } as const;
    await transact(db, clock, historyWrites(world.tables, [event], { at: clock.now() }));
  }
  const { bus } = await startTestBus();
  const onPublished = (events: Parameters<typeof recordMovedFiles>[2]) =>
    recordMovedFiles(db, world.tables.control, events);
  await publishEvents(
    { ...world.context, bus, table: world.tables.unpublished, onPublished },
    Number.POSITIVE_INFINITY,
  );
}

describe('the hours of the last day', () => {
  it('count messages that are done, and files with their bytes, in the hour in which it happened', async () => {
    const world = await createWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    await moveFiles(world, 1_000, 2_000);
    const first = hourOf(world.clock.now());
    world.clock.advance(hour);
    await play(world, reset('a'));
    await world.poll();
    await moveFiles(world, 500);
    const second = hourOf(world.clock.now());
    await moveFiles(world);

    const hours = await hoursOf(world);
    expect(hours.map(({ at }) => at)).toEqual([first, second]);
    expect(hours).toMatchObject([
      { files: 2, bytes: 3_000 },
      { files: 1, bytes: 500 },
    ]);
    const marked = (await world.rows.all('messages')).filter(({ state }) => state === 'marked');
    expect(marked).toHaveLength(4);
    expect(hours.reduce((sum, { messages = 0 }) => sum + messages, 0)).toBe(marked.length);
  });

  it('have the most that was held and open, and the greatest age of what waited', async () => {
    const world = await createWorld();
    await play(world, create('p'), grant('p', 'a'));
    await world.portal.setFaults({
      rules: [{ kind: 'status', status: 403, calls: ['PATCH /user-accesses/{accessIdentifier}'] }],
    });
    await play(world, reset('a'));
    await send(world, grant('p', 'b'));
    await world.poll();
    world.clock.advance(10 * minute);
    await world.poll();
    expect((await hoursOf(world)).at(-1)).toMatchObject({ held: 1, incidents: 1, oldestAge: 600 });
  });

  it('lack what a paused gateway did not do, and forget what is older than a day', async () => {
    const world = await createWorld();
    await world.poll();
    const first = hourOf(world.clock.now());
    world.clock.advance(3 * hour);
    await world.poll();
    expect((await hoursOf(world)).map(({ at }) => at)).toEqual([first, first + 3 * hour]);
    world.clock.advance(21 * hour);
    expect((await hoursOf(world)).map(({ at }) => at)).toEqual([first + 3 * hour]);
  });

  it('lose nothing when polls and publications write at the same time', async () => {
    const world = await createWorld();
    const { db } = world.context;
    const at = world.clock.now();
    const one = { messages: 1, files: 1, bytes: 10 };
    await Promise.all(Array.from({ length: 8 }, () => recordHour(db, world.tables.control, at, one)));
    expect(await hoursOf(world)).toMatchObject([{ at: hourOf(at), messages: 8, files: 8, bytes: 80 }]);
  });

  it('are the sums and peaks of what came, over gaps, days, late news and changes of clocks', () => {
    const sample = fc.record({
      messages: fc.nat(100),
      files: fc.nat(100),
      bytes: fc.nat(10 ** 9),
      held: fc.nat(10),
      incidents: fc.nat(10),
      oldestAge: fc.nat(86_400),
    });
    // Around the change to summer time in Denmark, and the one back.
    const start = fc.constantFrom(Date.UTC(2026, 2, 29, 0, 30), Date.UTC(2026, 9, 25, 0, 30));
    const step = fc.oneof(fc.integer({ min: -2 * hour, max: 2 * hour }), fc.integer({ min: 0, max: 40 * hour }));
    fc.assert(
      fc.property(start, fc.array(fc.tuple(step, sample), { maxLength: 60 }), (from, steps) => {
        const rows = new Map<string, HourRow>();
        const expected = new Map<number, Required<HourSample>>();
        let now = from;
        let latest = from;
        for (const [milliseconds, each] of steps) {
          now += milliseconds;
          latest = Math.max(latest, now);
          const since = Math.floor(now / hour);
          const next = withSample(rows.get(`hour#${since % keptHours}`), since, each);
          if (next) rows.set(next.name, next);
          const before = expected.get(since * hour);
          expected.set(since * hour, before ? merged(before, each) : each);
        }
        const kept = [...expected]
          .filter(([at]) => at > latest - keptHours * hour && at <= latest)
          .filter(([at]) => hourOf(latest) - at < keptHours * hour)
          .toSorted(([one], [other]) => one - other);
        expect(lastDay([...rows.values()], latest)).toEqual(kept.map(([at, numbers]) => ({ at, ...numbers })));
        expect(rows.size).toBeLessThanOrEqual(keptHours);
      }),
    );
  });
});

const merged = (one: Required<HourSample>, other: Required<HourSample>): Required<HourSample> => ({
  messages: one.messages + other.messages,
  files: one.files + other.files,
  bytes: one.bytes + other.bytes,
  held: Math.max(one.held, other.held),
  incidents: Math.max(one.incidents, other.incidents),
  oldestAge: Math.max(one.oldestAge, other.oldestAge),
});
