import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pollMeasurements } from '../../shared/messages/poll/backlog.ts';
import { raiseIncident } from '../../shared/operations/incidents.ts';
import { pauseKey } from '../../shared/operations/pause.ts';
import { namespace } from '../../shared/platform/metrics.ts';
import { create, grant, play, reset, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();
const told = z.looseObject({
  _aws: z.object({
    CloudWatchMetrics: z.tuple([
      z.object({ Namespace: z.literal(namespace), Metrics: z.array(z.object({ Name: z.string() })) }),
    ]),
  }),
});

/** The metrics that a world's lines with such a text tell, line by line. */
const metricsOf = ({ logs }: World, text: string) =>
  logs
    .filter(({ message }) => message === text)
    .map((line) => {
      const [{ Metrics }] = told.parse(line)._aws.CloudWatchMetrics;
      return Object.fromEntries(Metrics.map(({ Name }) => [Name, line[Name]]));
    });

/** Measurements of a poll, which may fail. */
async function measure(world: World) {
  await world.poll().catch(() => undefined);
  return metricsOf(world, 'polled').at(-1);
}

const refuse = (world: World, status: number, call: 'GET /messages' | 'PATCH /user-accesses/{accessIdentifier}') =>
  world.portal.setFaults({ rules: [{ kind: 'status', status, calls: [call] }] });

describe('a poll measures', () => {
  it('nothing but its success when nothing waits', async () => {
    const world = await newWorld();

    expect(await measure(world)).toEqual({ PollsSucceeded: 1 });
  });

  it('what waited when it began, and for how long', async () => {
    const world = await newWorld();
    await send(world, create('p'), grant('p', 'a'));
    await world.poll();
    world.clock.advance(10 * minute);
    await send(world, create('q'));

    expect(await measure(world)).toEqual({ PollsSucceeded: 1, MessagesWaiting: 2, OldestMessageAge: 600 });
  });

  it('the age of no message that waits for a person, but of those behind it', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await refuse(world, 403, 'PATCH /user-accesses/{accessIdentifier}');
    await play(world, reset('a'));
    world.clock.advance(10 * minute);
    expect(await world.rows.states()).toMatchObject({ 'm-3': 'held' });

    expect(await measure(world)).toEqual({ PollsSucceeded: 1, MessagesWaiting: 1, OpenIncidents: 1 });
    await send(world, grant('p', 'b'));
    await world.poll();
    world.clock.advance(5 * minute);
    expect(await measure(world)).toMatchObject({ MessagesWaiting: 2, OldestMessageAge: 300 });
  });

  it('incidents as long as they are open', async () => {
    const world = await newWorld();
    const incident = { kind: 'message-id-reused', expected: 'one', found: 'another' } as const;
    await raiseIncident(world.context, { ...incident, subject: 'm-1' });
    await raiseIncident(world.context, { ...incident, subject: 'm-2' });
    await raiseIncident(world.context, { ...incident, subject: 'm-2' });

    expect(await measure(world)).toEqual({ PollsSucceeded: 1, OpenIncidents: 2 });
  });

  it('that it failed, and whether the portal refused the key', async () => {
    const failing = await newWorld();
    await refuse(failing, 500, 'GET /messages');
    expect(await measure(failing)).toEqual({ PollsSucceeded: 0 });

    const refused = await newWorld();
    await refuse(refused, 401, 'GET /messages');
    expect(await measure(refused)).toEqual({ PollsSucceeded: 0, PortalUnauthorized: 1 });
  });

  it('what waits also during a pause, so that no alarm ends with it', async () => {
    const world = await newWorld();
    await send(world, create('p'));
    await world.poll();
    await raiseIncident(world.context, {
      kind: 'message-id-reused',
      subject: 'm-9',
      expected: 'one',
      found: 'another',
    });
    const Item = { ...pauseKey, by: 'ann', reason: 'maintenance', since: 0 };
    await world.context.db.send(new PutCommand({ TableName: world.context.tables.control, Item }));
    world.clock.advance(10 * minute);
    await world.poll();

    expect(metricsOf(world, 'poll skipped')).toEqual([{ MessagesWaiting: 1, OldestMessageAge: 600, OpenIncidents: 1 }]);
  });

  it('files to be moved, and that by itself it moves none: a stall is no lack of news', () => {
    const backlog = { messages: 1, held: 0, oldestReceivedAt: undefined, transfers: 3, incidents: 0 };

    expect(pollMeasurements(backlog, 'reachable', [], 0)).toMatchObject({ TransfersWaiting: 3, BytesMoved: 0 });
    expect(pollMeasurements({ ...backlog, transfers: 0 }, 'reachable', [], 0)).toMatchObject({ BytesMoved: undefined });
  });
});

describe('what is marked', () => {
  it('is counted once for each message', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));

    expect(metricsOf(world, 'marked')).toEqual([{ MessagesMarked: 1 }, { MessagesMarked: 1 }]);
  });
});
