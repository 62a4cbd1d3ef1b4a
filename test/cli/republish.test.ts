import { expect, it } from 'vitest';
import { publishEvents } from '../../shared/history/publish.ts';
import { startTestBus } from '../support/event-bus.ts';
import { create, disable, grant, play, remove } from '../support/messages.ts';
import type { HistoryRow } from '../support/rows.ts';
import { minute } from '../support/world.ts';
import { type OperatedWorld, useOperatedWorlds } from './operator-fixture.ts';

const newWorld = useOperatedWorlds();

const sure = ['--reason', 'the key was disabled', '--yes'];
const textOf = (time: number) => new Date(time).toISOString();
const keyOf = ({ subject, sequence }: Pick<HistoryRow, 'subject' | 'sequence'>) => `${subject} ${sequence}`;

/** A world in which something happened, later something else, and all of it was published. */
async function publishedWorld() {
  const world = await newWorld();
  const bus = await startTestBus();
  const publish = () =>
    publishEvents({ ...world.context, bus: bus.bus, table: world.tables.unpublished }, Number.POSITIVE_INFINITY);
  await play(world, create('p'), grant('p', 'a'), disable('a'));
  const between = world.clock.now() + minute;
  world.clock.advance(2 * minute);
  await play(world, remove('p'));
  await publish();
  return { world, bus, publish, between };
}

const ofSpan = async ({ rows }: OperatedWorld, from: number, to: number) =>
  (await rows.all<HistoryRow>('history'))
    .filter(({ at }) => at >= from && at <= to)
    .map(keyOf)
    .toSorted();

it('publishes what happened in a span of time once more, and nothing else', async () => {
  const { world, bus, publish, between } = await publishedWorld();
  const expected = await ofSpan(world, 0, between);
  const before = bus.published.length;
  const { code, output } = await world.operate(
    'republish',
    '--from',
    '1970-01-01T00:00:00Z',
    '--to',
    textOf(between),
    ...sure,
  );
  expect(code).toBe(0);
  expect(output).toContain(`${expected.length} events will be published within a minute or two.`);
  // A person's action is an event, too.
  await publish();
  const again = bus.events().slice(before).map(keyOf);
  expect(again.toSorted()).toEqual([...expected, 'gateway 1'].toSorted());
  expect(await world.json('history', 'gateway')).toMatchObject([
    { event: 'republished', details: { reason: 'the key was disabled', count: expected.length, to: textOf(between) } },
  ]);
});

it('leaves alone what waits to be published with what happened together with it', async () => {
  const { world, publish, between, bus } = await publishedWorld();
  await play(world, create('q'), grant('q', 'b'));
  await play(world, remove('q'));
  const waiting = await world.rows.all<HistoryRow>('unpublished');
  const span = ['--from', textOf(between), '--to', textOf(world.clock.now())];
  expect(await world.operate('republish', ...span, ...sure)).toMatchObject({ code: 0 });
  expect(await world.rows.all('unpublished')).toEqual(expect.arrayContaining(waiting));
  const before = bus.published.length;
  await publish();
  const again = new Set(bus.events().slice(before).map(keyOf));
  for (const key of await ofSpan(world, between, world.clock.now())) expect(again).toContain(key);
});

it('counts events that wait to be published already', async () => {
  const { world } = await publishedWorld();
  const span = ['--from', '1970-01-01T00:00:00Z', '--to', '2999-01-01T00:00:00Z'];
  for (const time of ['once', 'twice']) {
    const { output } = await world.operate('republish', ...span, ...sure);
    expect([time, output]).toEqual([time, expect.stringMatching(/^(\d+) events .*\n\1 events will be published /)]);
  }
});

it('changes nothing in a dry run', async () => {
  const { world } = await publishedWorld();
  const { output } = await world.operate(
    'republish',
    '--from',
    '1970-01-01T00:00:00Z',
    '--reason',
    'a test',
    '--dry-run',
  );
  expect(output).toMatch(/^\d+ events from 1970-01-01T00:00:00.000Z to .* will be published once more\.\n/);
  expect(await world.rows.all('unpublished')).toEqual([]);
});

it.each([
  [['--from', 'yesterday'], /--from: must be a time with its zone/],
  [['--from', '2026-01-31T12:00:00'], /--from: must be a time with its zone/],
  [['--from', '2026-01-31T12:00:00Z', '--to', '2026-01-31'], /--to: must be a time with its zone/],
  [['--from', '2026-01-31T12:00:00Z', '--to', '2026-01-31T12:59:00+01:00'], /--from: must not be after --to/],
])('refuses what is no span of time: %j', async (span, problem) => {
  const world = await newWorld();
  const { code, errors } = await world.operate('republish', ...span, ...sure);
  expect(code).toBe(2);
  expect(errors).toMatch(problem);
});
