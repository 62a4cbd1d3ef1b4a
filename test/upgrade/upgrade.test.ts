import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import type { FileRow } from '../../shared/files/file.ts';
import type { ResultRow } from '../../shared/files/result.ts';
import type { MessageState } from '../../shared/messages/record.ts';
import { incidentKinds } from '../../shared/operations/incidents.ts';
import type { ProjectRow } from '../../shared/projects/project.ts';
import { Outbox } from '../files/outbox.ts';
import { useServices } from '../files/services.ts';
import { apiKey, createWorld } from '../files/world.ts';
import { passwordSecret } from '../support/world.ts';
import { carryOn } from './carry-on.ts';
import { playDay } from './day.ts';
import { type Fixture, type Row, readFixture, writeFixture } from './fixture.ts';
import { shapeOf } from './shape.ts';
import { listAgain, restore, takeSnapshot } from './snapshot.ts';

vi.setConfig({ testTimeout: 90_000 });
const services = useServices();
const versions = readdirSync(join(import.meta.dirname, 'fixtures'));
const current = `v${manifest.version}`;
const settings = { maxAttempts: 3, slots: 12, checksumTries: 1 };

/** A gateway of today's code, stopped in the middle of everything, and what it comes to from there. */
async function record(): Promise<Fixture> {
  const world = await createWorld(services(), settings);
  const outbox = await Outbox.open(world, services());
  const fixture = await takeSnapshot(world, services(), await playDay(world, outbox));
  await world.portal.reset();
  await listAgain(world, fixture);
  return { ...fixture, end: await carryOn(world, fixture) };
}

const all = <Name extends string>(names: Record<Name, true>) => Object.keys(names).toSorted();
const every = {
  messages: all<MessageState>({
    ...{ open: true, applying: true, applied: true, working: true, done: true },
    ...{ marked: true, held: true, superseded: true, dismissed: true },
  }),
  files: all<FileRow['state']>({ pending: true, copying: true, stored: true, failed: true, deleting: true }),
  results: all<Exclude<ResultRow['state'], 'sent' | 'deleting'>>({ pending: true, sending: true, failed: true }),
  projects: all<ProjectRow['state']>({ active: true, deleting: true }),
  incidents: incidentKinds.toSorted(),
};

describe('the state that today’s code keeps', () => {
  it('is of the shape that is on record for its version (RECORD=yes records it, for a new version or before its release)', async () => {
    const today = await record();
    if (process.env.RECORD) writeFixture(current, today);
    const recorded = readFixture(current);
    expect(shapeOf(today)).toEqual(shapeOf(recorded));
    expect(today.end).toEqual(recorded.end);
  });

  it('is every state and every kind of incident that there is', () => {
    const { items } = readFixture(current);
    const valuesIn = (table: string, attribute: string, isOf: (item: Row) => boolean = () => true) => {
      const values = items.flatMap((row) => (row.table === table && isOf(row.item) ? [row.item[attribute]] : []));
      return [...new Set(values)].toSorted();
    };
    const statesIn = (table: string, isOf?: (item: Row) => boolean) => valuesIn(table, 'state', isOf);
    const isResult = ({ fileId, objectKey }: Row) => fileId === objectKey;
    expect({
      messages: statesIn('messages'),
      files: statesIn('files', (item) => !isResult(item)),
      results: statesIn('files', isResult),
      projects: statesIn('projects'),
      incidents: valuesIn('incidents', 'kind'),
    }).toEqual(every);
  });
});

/** @returns what a gateway comes to that goes on from there */
async function endFrom(fixture: Fixture): Promise<Fixture['end']> {
  const world = await createWorld(services(), settings);
  return carryOn(world, await restore(world, fixture));
}

describe.each(versions)('what %s left in the middle of everything', (version) => {
  it('is understood, and comes to the same end', async () => {
    const fixture = readFixture(version);
    expect(await endFrom(fixture)).toEqual(fixture.end);
  });

  it('holds no secret', () => {
    const folder = join(import.meta.dirname, 'fixtures', version);
    const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    for (const secret of [passwordSecret['1'], apiKey]) expect(text.join()).not.toContain(secret);
  });
});

describe('what a later version left, after a way back', () => {
  it('is understood when it says more than today’s code knows', async () => {
    const fixture = readFixture(current);
    const more = <Thing extends object>(thing: Thing) => ({ ...thing, later: { known: 1 } });
    const later = {
      ...fixture,
      items: fixture.items.map(({ table, item }) => ({ table, item: more(item) })),
      queues: fixture.queues.map(({ type, body }) => ({ type, body: JSON.stringify(more(JSON.parse(body))) })),
      executions: fixture.executions.map(({ step, state }) => ({ step, state: more(state) })),
    };
    expect(await endFrom(later)).toEqual(fixture.end);
  });
});
