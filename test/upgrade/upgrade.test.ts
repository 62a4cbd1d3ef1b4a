import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import type { FileRow } from '../../shared/files/file.ts';
import type { ResultRow } from '../../shared/files/result.ts';
import type { LineEntry, MessageRecord, MessageState } from '../../shared/messages/record.ts';
import { transfersLine } from '../../shared/messages/subject.ts';
import type { TransferEntry } from '../../shared/messages/transfers-line.ts';
import { incidentKinds } from '../../shared/operations/incidents.ts';
import type { ProjectRow } from '../../shared/projects/project.ts';
import type { UserRow } from '../../shared/users/user.ts';
import { useServices } from '../files/file-services.ts';
import { apiKey, createWorld } from '../files/files-fixture.ts';
import { Outbox } from '../files/outbox.ts';
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
  results: all<Exclude<ResultRow['state'], 'sent'>>({ pending: true, sending: true, failed: true, deleting: true }),
  projects: all<ProjectRow['state']>({ active: true, deleting: true }),
  incidents: incidentKinds.toSorted(),
};

/** Attributes of rows; without those that a result has only while it is sent, or once it is. */
const attributes = {
  // Nobody has workspaces there.
  messages: all<Exclude<keyof MessageRecord, 'revokedUser'>>({
    ...{ messageId: true, portalId: true, reuses: true, type: true, timestamp: true, raw: true, rawKey: true },
    ...{ contentHash: true, line: true, position: true, state: true, version: true, attempts: true, transfers: true },
    ...{ refusals: true, dueAt: true, leaseUntil: true, lastError: true, heldFrom: true, approved: true },
    ...{ receivedAt: true, settledAt: true, markedAt: true, expiresAt: true, markRefusals: true, idReused: true },
    ...{ relisting: true, passwordKeyId: true, filesLeft: true },
  }),
  lines: all<Exclude<keyof LineEntry, 'outOfTheWay'>>({
    ...{ line: true, position: true, messageId: true, type: true, subject: true, state: true, contentHash: true },
    ...{ reuses: true, yields: true, fails: true, follows: true, followedBy: true, creates: true, anew: true },
    ...{ lacks: true },
  }),
  transfers: all<keyof TransferEntry>({
    ...{ line: true, position: true, kind: true, fileId: true, messageId: true, awaits: true },
  }),
  files: all<keyof FileRow>({
    ...{ fileId: true, portalId: true, projectNo: true, messageId: true, dataDeliveryId: true, objectKey: true },
    ...{ size: true, announcedSize: true, checksum: true, crc32: true, state: true, attempt: true, failures: true },
    ...{ checksumFailures: true, restarts: true, dueAt: true, leaseUntil: true, completesUntil: true },
    ...{ bytesDone: true, bytesTotal: true, bytesPerSecond: true, resume: true, lastError: true, deletedBy: true },
    ...{ returns: true, position: true, createdAt: true, storedAt: true, version: true },
  }),
  results: all<Exclude<keyof ResultRow, 'bytesTotal' | 'bytesPerSecond' | 'sentAt'>>({
    ...{ fileId: true, objectKey: true, projectNo: true, etag: true, modifiedAt: true, size: true, byTask: true },
    ...{ state: true, attempt: true, failures: true, dueAt: true, leaseUntil: true, bytesDone: true },
    ...{ lastError: true, deletedBy: true, position: true, createdAt: true, version: true },
  }),
  projects: all<keyof ProjectRow>({
    ...{ projectNo: true, state: true, createdAt: true, emptyAt: true, version: true },
  }),
  users: all<Exclude<keyof UserRow, 'workspaceUser'>>({
    ...{ accessIdentifier: true, portalId: true, projectNo: true, loginName: true, enabled: true },
    ...{ passwordHash: true, passwordMessageId: true, passwordTaken: true, createdAt: true, version: true },
  }),
};

describe('the state that today’s code keeps', () => {
  it('is of the shape that is on record for its version (RECORD=yes records it, for a new version or before its release)', async () => {
    const today = await record();
    if (process.env.RECORD) writeFixture(current, today);
    const recorded = readFixture(current);
    expect(shapeOf(today)).toEqual(shapeOf(recorded));
    expect(today.end).toEqual(recorded.end);
  });

  const itemsIn = (table: string, isOf: (item: Row) => boolean = () => true) =>
    readFixture(current).items.flatMap((row) => (row.table === table && isOf(row.item) ? [row.item] : []));
  const isResult = ({ fileId, objectKey }: Row) => fileId === objectKey;
  const isFile = (item: Row) => !isResult(item);
  const isTransfer = ({ line }: Row) => line === transfersLine;

  it('is every state and every kind of incident that there is', () => {
    const sorted = (values: readonly unknown[]) => [...new Set(values)].toSorted();
    const statesOf = (items: readonly Row[]) => sorted(items.map(({ state }) => state));
    expect({
      messages: statesOf(itemsIn('messages')),
      files: statesOf(itemsIn('files', isFile)),
      results: statesOf(itemsIn('files', isResult)),
      projects: statesOf(itemsIn('projects')),
      incidents: sorted(itemsIn('incidents').map(({ kind }) => kind)),
    }).toEqual(every);
  });

  it('is every attribute that there is', () => {
    const namesOf = (items: readonly Row[]) => [...new Set(items.flatMap((item) => Object.keys(item)))].toSorted();
    expect({
      messages: namesOf(itemsIn('messages')),
      lines: namesOf(itemsIn('lines', (item) => !isTransfer(item))),
      transfers: namesOf(itemsIn('lines', isTransfer)),
      files: namesOf(itemsIn('files', isFile)),
      results: namesOf(itemsIn('files', isResult)),
      projects: namesOf(itemsIn('projects')),
      users: namesOf(itemsIn('users')),
    }).toEqual(attributes);
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
