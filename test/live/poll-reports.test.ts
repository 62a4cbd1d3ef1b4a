import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, it, vi } from 'vitest';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import type { ConnectionRow } from '../../shared/live/connection.ts';
import { PollReports } from '../../shared/live/watch/poll-reports.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { loginNameOf } from '../../shared/users/login-name.ts';
import { create, grant, play } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { change, createOperator, tokenOf } from './accounts.ts';
import { startClient } from './client-fixture.ts';
import { received } from './live-client.ts';
import { startLive } from './live-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const newWorld = useWorlds();

async function start() {
  const world = await newWorld();
  await play(world, create('p'), grant('p', 'a'));
  await createOperator(world, 'eve');
  const live = await startLive({ world, authenticate: (context) => authenticateAccount(context) });
  const open = async (name: string, features = ['resume', 'poll']) => {
    const client = await live.open(await tokenOf(world, name), { features });
    await live.idle();
    return client;
  };
  const reports = new PollReports(live.context);
  const report = async () =>
    reports.send(await Array.fromAsync(scan<ConnectionRow>(live.context.db, live.context.tables.connections)));
  /** A poll ends, as far as the tables know. */
  const poll = async () => {
    world.clock.advance(60_000);
    const finishedAt = world.clock.now();
    await world.context.db.send(
      new UpdateCommand({
        TableName: world.tables.control,
        Key: { name: 'poll' },
        UpdateExpression: 'SET finishedAt = :finishedAt',
        ExpressionAttributeValues: { ':finishedAt': finishedAt },
      }),
    );
    return new Date(finishedAt).toISOString();
  };
  return { world, live, open, report, poll };
}

it('the end of a poll is told to operators who asked for it, once, and to nobody else', async () => {
  const { open, report, poll } = await start();
  const [eve, silent, a] = [await open('eve'), await open('eve', ['resume']), await open(loginNameOf('a'))];
  await poll();
  await report();
  // They have read everything after that poll.
  expect(await received(eve)).toEqual([]);
  const finishedAt = await poll();
  await report();
  await report();
  expect(await received(eve)).toEqual([{ action: 'poll', push: true, finishedAt }]);
  expect(await received(silent)).toEqual([]);
  expect(await received(a)).toEqual([]);
});

it('a poll that does not come is told, too', async () => {
  const { world, open, report, poll } = await start();
  const eve = await open('eve');
  const finishedAt = await poll();
  await report();
  world.clock.advance(119_999);
  await report();
  expect(await received(eve)).toEqual([]);
  world.clock.advance(1);
  await report();
  await report();
  expect(await received(eve)).toEqual([{ action: 'poll', push: true, finishedAt }]);
});

it('the end of a poll is told to nobody who is no operator any more', async () => {
  const { world, open, report, poll } = await start();
  const eve = await open('eve');
  await report();
  await change(world.context, 'eve', { permissions: [] });
  await poll();
  await report();
  expect(await received(eve)).toEqual([]);
});

it("the end of a poll reaches the gateway's own client", async () => {
  const { world, live, report, poll } = await start();
  const token = await tokenOf(world, 'eve');
  const client = startClient(live.url, { token: () => ({ token }), poll: true });
  await client.opened;
  await live.idle();
  const pushes = client.receive();
  await report();
  const finishedAt = await poll();
  await report();
  expect(await pushes.next()).toMatchObject({ value: { type: 'push', message: { action: 'poll', finishedAt } } });
});
