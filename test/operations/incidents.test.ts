import { describe, expect, it } from 'vitest';
import type { IncidentNotice } from '../../shared/history/history.ts';
import {
  type Incident,
  type IncidentRow,
  incidentId,
  incidentWrites,
  isOpen,
  raiseIncident,
  resolvedWrites,
} from '../../shared/operations/incidents.ts';
import { countMismatch, mismatchesThisHour } from '../../shared/operations/mismatches.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { useWorlds } from '../support/setup.ts';
import { hour, minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

const incident: Incident = { kind: 'mismatch', subject: 'm-1', messageId: 'm-1', expected: 'this', found: 'that' };

describe('an incident', () => {
  it('says what was expected and found, and when it was first and last seen', async () => {
    const world = await newWorld();
    const first = world.clock.now();
    await raiseIncident(world.context, incident);
    world.clock.advance(minute);
    await raiseIncident(world.context, { ...incident, found: 'something else' });
    expect(await world.rows.incidents()).toEqual([
      {
        ...incident,
        incidentId: incidentId(incident),
        found: 'something else',
        count: 2,
        state: 'open',
        firstSeenAt: first,
        lastSeenAt: first + minute,
      },
    ]);
    expect(world.logs.map(({ level, message }) => [level, message])).toEqual(Array(2).fill(['warn', 'incident']));
  });

  it('keeps what a person decided when it is seen again', async () => {
    const world = await newWorld();
    await raiseIncident(world.context, incident);
    await world.rows.change('incidents', { incidentId: incidentId(incident) }, { state: 'dismissed', decidedBy: 'me' });
    await raiseIncident(world.context, incident);
    expect(await world.rows.incidents()).toMatchObject([{ state: 'dismissed', decidedBy: 'me', count: 2 }]);
  });

  it.each(['result-refused', 'portal-unreachable'] as const)(
    'is open again after it was resolved: %s',
    async (kind) => {
      const world = await newWorld();
      const { db, clock } = world.context;
      await raiseIncident(world.context, { ...incident, kind });
      await transact(db, clock, resolvedWrites(world.context, { ...incident, kind }, clock.now()));
      await raiseIncident(world.context, { ...incident, kind });
      const [row] = await world.rows.all<IncidentRow>('incidents');
      expect(row && isOpen(row)).toBe(true);
    },
  );

  it('is another one for another kind or subject', () => {
    const ids = [incident, { ...incident, subject: 'm-2' }, { ...incident, kind: 'file-failed' as const }].map(
      incidentId,
    );
    expect(new Set(ids).size).toBe(3);
    expect(incidentId({ ...incident, subject: 'x' })).toBe(incidentId({ kind: 'mismatch', subject: 'x' }));
  });

  it('cuts texts that the portal made long or broken', async () => {
    const world = await newWorld();
    const texts = { expected: `${'x'.repeat(998)}😀😀`, found: 'x'.repeat(500_000), subject: '\ud800'.repeat(5_000) };
    await raiseIncident(world.context, { ...incident, ...texts });
    const [row] = await world.rows.incidents();
    expect(row?.expected).toBe(`${'x'.repeat(998)}\ufffd…`);
    expect(row?.found).toHaveLength(1_000);
    expect(row?.subject).toHaveLength(1_000);
    expect(row?.messageId).toBe('m-1');
  });
});

describe('a notice for operators', () => {
  const notices = (world: World) => world.rows.all<IncidentNotice>('unpublished');

  it('is queued for an incident once, whatever polls repeat', async () => {
    const world = await newWorld();
    for (const kind of ['mismatch', 'unreadable-message'] as const) {
      await raiseIncident(world.context, { ...incident, kind });
      world.clock.advance(minute);
      await raiseIncident(world.context, { ...incident, kind });
    }
    const ids = (['mismatch', 'unreadable-message'] as const).map((kind) => incidentId({ ...incident, kind }));
    expect((await notices(world)).map((notice) => notice.incidentId).toSorted()).toEqual(ids.toSorted());
  });

  it('is queued again when a decided incident occurs again, unless it lasts', async () => {
    const world = await newWorld();
    for (const kind of ['mismatch', 'unreadable-message'] as const) {
      const again = { ...incident, kind };
      await raiseIncident(world.context, again);
      await world.rows.change('incidents', { incidentId: incidentId(again) }, { state: 'dismissed', decidedCount: 1 });
      await raiseIncident(world.context, again);
    }
    const ids = (await notices(world)).map((notice) => notice.incidentId);
    expect(ids.filter((id) => id === incidentId(incident))).toHaveLength(2);
    expect(ids).toHaveLength(3);
  });

  it('is of its own for each change, also at the same moment', async () => {
    const world = await newWorld();
    const { db, clock } = world.context;
    await transact(db, clock, incidentWrites(world.context, incident));
    await transact(db, clock, incidentWrites(world.context, incident));
    await transact(db, clock, resolvedWrites(world.context, incident, clock.now()));
    expect(await notices(world)).toHaveLength(3);
    expect(await world.rows.incidents()).toMatchObject([{ count: 2, state: 'resolved' }]);
  });
});

describe('the count of mismatches', () => {
  it('is of this hour only', async () => {
    const world = await newWorld();
    const { db, tables } = world.context;
    const counted = () => mismatchesThisHour(db, tables.control, world.clock.now());
    expect(await counted()).toBe(0);
    for (let index = 0; index < 3; index++) await countMismatch(db, tables.control, world.clock.now());
    expect(await counted()).toBe(3);
    world.clock.advance(hour);
    expect(await counted()).toBe(0);
    await countMismatch(db, tables.control, world.clock.now());
    expect(await counted()).toBe(1);
  });
});
