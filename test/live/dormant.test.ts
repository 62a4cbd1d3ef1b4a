import { expect, it, vi } from 'vitest';
import { publishEvents } from '../../shared/history/publish.ts';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import { pushRow, pushUnpublished } from '../../shared/live/events/push-unpublished.ts';
import { takeWatchLease, watchConnection, watchState } from '../../shared/live/watch/lease.ts';
import { rowsToPush } from '../../shared/live/watch/rows-to-push.ts';
import { startTestBus } from '../support/event-bus.ts';
import { create, play } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { hour } from '../support/world.ts';
import { createOperator, tokenOf } from './accounts.ts';
import { received } from './live-client.ts';
import { startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const newWorld = useWorlds();
const features = ['resume'];
const nothing = async () => {};

/** An operator who was connected, and went. */
async function start() {
  const world = await newWorld();
  await createOperator(world, 'eve');
  const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
  const { context } = live;
  const { bus } = await startTestBus();
  const publish = () =>
    publishEvents(
      {
        ...{ ...world.context, bus, table: world.tables.unpublished },
        toPush: (rows) => rowsToPush(context, rows),
        pushRow: (row) => pushRow(context, row),
      },
      Number.POSITIVE_INFINITY,
    );
  const connect = async (resume?: object) => {
    await watchConnection(context, nothing);
    const client = await live.connect();
    const place = await client.ask({ token: await tokenOf(world, 'eve'), features, ...(resume && { resume }) });
    return { client, place };
  };
  await publish();
  const { client, place } = await connect();
  await client.close();
  await vi.waitFor(async () => expect(await world.rows.all('connections')).toEqual([]));
  const lease = await takeWatchLease(context);
  await lease?.handOver();
  expect(await lease?.end()).toBe(true);
  return { world, live, publish, connect, place };
}

it('goes on with logs for a day after the last client went', async () => {
  const { world, publish, connect, place } = await start();
  world.clock.advance(23 * hour);
  await play(world, create('p'));
  await publish();
  const again = await connect(place);
  expect(again.place).toMatchObject({ recovered: true, epoch: place.epoch });
  expect(await received(again.client)).toMatchObject([{ action: 'event', event: { subject: 'project#p' } }]);
});

it('reads no roster and writes no log while nobody has been connected for a day, and tells of the gap', async () => {
  const { world, live, publish, connect, place } = await start();
  world.clock.advance(25 * hour);
  const { subscriptions, channels, unpublished } = live.context.tables;
  const used: string[] = [];
  world.outside.before = ({ name, input }) => {
    const text = JSON.stringify(input ?? {});
    if (text.includes(subscriptions) || text.includes(channels)) used.push(name);
    if (name === 'UpdateItemCommand' && text.includes(unpublished)) used.push(name);
  };
  for (const projectNo of ['p', 'q']) {
    await play(world, create(projectNo));
    await publish();
  }
  expect(used).toEqual([]);
  expect(await world.rows.all('unpublished')).toEqual([]);
  world.outside.heal();
  const again = await connect(place);
  expect(again.place).toMatchObject({ recovered: false, epoch: expect.not.stringMatching(String(place.epoch)) });
  await play(world, create('r'));
  await pushUnpublished(live.context);
  expect(await received(again.client)).toMatchObject([{ event: { subject: 'project#r' } }]);
  const later = await connect(again.place);
  expect(later.place).toMatchObject({ recovered: true, epoch: again.place.epoch });
});

it('pushes what happens as soon as a client has connected, whether or not the watch begins', async () => {
  const { world, live, publish, connect } = await start();
  world.clock.advance(25 * hour);
  await publish();
  const { client } = await connect();
  await play(world, create('p'));
  await publish();
  expect(await received(client)).toMatchObject([{ event: { subject: 'project#p' } }]);
  // Its invocation was lost.
  world.clock.advance(6_000);
  expect(await watchState(live.context)).toBe('abandoned');
});

it('begins one watch for clients that connect at once, and none after it for one that has seen it', async () => {
  const { live } = await start();
  let started = 0;
  const begin = async () => {
    started += 1;
  };
  await Promise.all(Array.from({ length: 8 }, () => watchConnection(live.context, begin)));
  expect(started).toBe(1);
  const lease = await takeWatchLease(live.context);
  expect(lease).toBeDefined();
  await lease?.handOver();
  await watchConnection(live.context, begin);
  expect(started).toBe(2);
  // A client connected after the watch had found none.
  expect(await lease?.end()).toBe(false);
});
