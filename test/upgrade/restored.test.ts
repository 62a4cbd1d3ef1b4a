import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { commitAction } from '../../shared/decisions/context.ts';
import { planRetries } from '../../shared/decisions/retry-many.ts';
import type { IncidentRow } from '../../shared/operations/incidents.ts';
import { scan } from '../../shared/platform/dynamodb.ts';
import { useServices } from '../files/file-services.ts';
import { createWorld, type World } from '../files/files-fixture.ts';
import { createTable, tableNames } from '../support/services.ts';
import { carryOn, deskOf } from './carry-on.ts';
import { type Fixture, readFixture } from './fixture.ts';
import { restore } from './snapshot.ts';

vi.setConfig({ testTimeout: 500_000 });
const services = useServices();
const settings = { maxAttempts: 3, slots: 12, checksumTries: 1 };

/** Minutes until the lease of the poll is over that was at work when the gateway was stopped. */
const longestPoll = 6;

/** Polls and works as far as that goes, after so many minutes. */
async function tryToWork({ gateway, clock }: World, minutes = 1): Promise<void> {
  await clock.advance(61_000 * minutes);
  await Promise.allSettled([gateway.poll()]);
  await Promise.allSettled([gateway.work()]);
}

const incidentsOf = ({ db, tables }: World) => Array.fromAsync(scan<IncidentRow>(db, tables.incidents));

/** As an operator does after the outage: what used up its attempts meanwhile is tried again. */
async function retryAll(world: World, before: readonly IncidentRow[]): Promise<void> {
  const known = new Set(before.map(({ incidentId }) => incidentId));
  const incidents = (await incidentsOf(world)).filter(({ incidentId }) => !known.has(incidentId));
  const { actions } = await planRetries(deskOf(world), incidents);
  for (const action of actions) await commitAction(deskOf(world), action, { by: 'bob', reason: 'it is back' });
}

/**
 * State that has to be the same after a disaster: without the numbers of attempts and decisions, and their events.
 */
function essentials(end: Fixture['end']): Map<string, unknown> {
  const kept = end.filter(({ of }) => !/^(incident|published) /.test(of));
  return new Map(
    kept.map(({ of, is }) => [of, of.startsWith('file ') ? { ...Object(is), attempt: undefined } : is] as const),
  );
}

/** Tables that no message needs: people sign in anew, clients connect anew, and workspaces have a sweep of their own. */
const unneeded = ['sessions', 'attempts', 'connections', 'subscriptions', 'channels', 'workspaces'];
const tables = tableNames.filter((name) => !unneeded.includes(name));

describe.each(tables)('a gateway in the middle of everything whose table %s is deleted and restored', (name) => {
  it('comes to the same end', async () => {
    const fixture = readFixture(`v${manifest.version}`);
    const world = await createWorld(services(), settings);
    const restored = await restore(world, fixture);
    const incidents = await incidentsOf(world);
    // It was paused when it was stopped, and would not meet the missing table.
    const pause = { TableName: world.tables.control, Key: { name: 'pause' } };
    const { Item: paused } = await world.db.send(new GetCommand(pause));
    await world.db.send(new DeleteCommand(pause));
    const { client } = services().dynamoDb;
    const TableName = world.tables[name];
    const backup = await world.rows(name);

    await client.send(new DeleteTableCommand({ TableName }));
    await tryToWork(world, longestPoll);
    await tryToWork(world);
    expect(JSON.stringify(world.log.lines) + (await errorOfPoll(world))).toMatch(/ResourceNotFound|non-existent/);
    await createTable(client, name, TableName);
    for (const Item of backup) await world.db.send(new PutCommand({ TableName, Item }));

    await tryToWork(world);
    await retryAll(world, incidents);
    await world.db.send(new PutCommand({ TableName: world.tables.control, Item: paused }));
    expect(essentials(await carryOn(world, restored))).toEqual(essentials(fixture.end));
  });
});

/** @returns what a poll fails with, or nothing */
async function errorOfPoll({ gateway }: World): Promise<string> {
  const [polled] = await Promise.allSettled([gateway.poll()]);
  return polled.status === 'rejected' ? String(polled.reason) : '';
}
