import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HistoryEvent, historyWrites, nextSequence } from '../../shared/history/history.ts';
import { transact } from '../../shared/platform/transaction.ts';
import { create, disable, enable, grant, remove, reset, revoke, type Step, send } from '../support/messages.ts';
import type { HistoryRow } from '../support/rows.ts';
import { useWorlds } from '../support/setup.ts';
import { minute } from '../support/world.ts';

const newWorld = useWorlds();

describe('history', () => {
  it('takes each sequence of a subject once', async () => {
    const { context } = await newWorld();
    const { db, clock, tables } = context;
    const event: HistoryEvent = { subject: 'project#p', sequence: 1, event: 'created' };
    const append = (sequence: number) =>
      transact(db, clock, historyWrites(tables, [{ ...event, sequence }], { messageId: 'm', at: 1 }));
    expect(await nextSequence(db, tables.history, 'project#p')).toBe(1);
    expect([await append(1), await append(1), await append(2)]).toEqual(['committed', 'refused', 'committed']);
    expect(await nextSequence(db, tables.history, 'project#p')).toBe(3);
    expect(await nextSequence(db, tables.history, 'project#other')).toBe(1);
  });

  const project = fc.constantFrom('p', 'q');
  const access = fc.constantFrom('a', 'b');
  const anyStep: fc.Arbitrary<Step> = fc.oneof(
    project.map(create),
    project.map(remove),
    fc.tuple(project, access).map(([projectNo, accessIdentifier]) => grant(projectNo, accessIdentifier)),
    access.map(revoke),
    access.map(disable),
    access.map(enable),
    access.map(reset),
  );
  const anyMessages = fc.array(anyStep, { minLength: 10, maxLength: 25 });

  it('has no gap and no repeat, whatever messages come in whatever order, and everything ends marked', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessages, async (messages) => {
        const world = await newWorld({ mismatchesPerHour: 1_000 });
        await send(world, create('p'), create('q'), grant('p', 'a'), ...messages);
        for (let round = 0; round < 5 && (await world.portal.pending()) > 0; round++) {
          await world.run();
          world.clock.advance(5 * minute);
        }
        const subjects = Map.groupBy(await world.rows.all<HistoryRow>('history'), ({ subject }) => subject);
        for (const [subject, events] of subjects) {
          const sequences = events.map(({ sequence }) => sequence).toSorted((a, b) => a - b);
          expect([subject, ...sequences]).toEqual([subject, ...events.map((_, index) => index + 1)]);
        }
        for (const { accessIdentifier, version } of await world.rows.users()) {
          expect(version).toBe(subjects.get(`access#${accessIdentifier}`)?.length);
        }
        expect(await world.portal.pending()).toBe(0);
        expect(await world.rows.lines()).toEqual([]);
      }),
      { numRuns: 8 },
    );
  });
});
