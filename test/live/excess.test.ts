import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ConnectionRow, Identity } from '../../shared/live/connection.ts';
import { excessOf } from '../../shared/live/watch/excess.ts';

const rowOf = (index: number, changes: Partial<ConnectionRow>): ConnectionRow => ({
  ...{ connectionId: `c${index}`, state: 'new', address: '192.0.2.1', connectedAt: index, lastSeenAt: index },
  ...{ waiting: 0, arrived: 0, expiresAt: 0 },
  ...changes,
});

const identity = (name: string): Identity => ({
  ...{ id: name, channel: `account#${name}`, code: name, belongs: [], isUser: true, permissions: [], validUntil: 0 },
  account: { name, generation: 'g', sessionId: 's' },
});

const rows = (count: number, changes: (index: number) => Partial<ConnectionRow>) =>
  Array.from({ length: count }, (_, index) => rowOf(index, changes(index)));

const idsOf = (found: ReturnType<typeof excessOf>) => found.map(({ connection }) => connection.connectionId);

it('is what is older than the newest hundred of an address that have not authenticated', () => {
  const many = rows(103, () => ({}));
  expect(idsOf(excessOf(many)).toSorted()).toEqual(['c0', 'c1', 'c2']);
  expect(excessOf(many.map((row) => ({ ...row, state: 'open' as const })))).toEqual([]);
  expect(excessOf(many.map((row, index) => ({ ...row, address: `192.0.2.${index % 2}` })))).toEqual([]);
});

it('is what is older than the newest thousand of all that have not authenticated', () => {
  const many = rows(1_010, (index) => ({ address: `192.0.2.${index % 101}` }));
  expect(idsOf(excessOf(many))).toHaveLength(10);
  expect(idsOf(excessOf(many))).toContain('c9');
});

it('is what is older than the newest thousand of an account, with a reason', () => {
  const many = rows(1_001, () => ({ state: 'open', identity: identity('eve') }));
  const other = rowOf(5, { state: 'open', identity: identity('bob') });
  expect(excessOf([...many, other])).toMatchObject([{ connection: { connectionId: 'c0' }, why: { code: 1008 } }]);
});

it('leaves each limit kept, and closes nothing within it', () => {
  const row = fc.record({ address: fc.nat({ max: 2 }), isNew: fc.boolean(), connectedAt: fc.nat() });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 400 }), (made) => {
      const all = made.map(({ address, isNew, connectedAt }, index) =>
        rowOf(index, { address: String(address), state: isNew ? 'new' : 'open', connectedAt }),
      );
      const closed = new Set(excessOf(all).map(({ connection }) => connection));
      for (const ofAddress of Map.groupBy(all, ({ address }) => address).values()) {
        const fresh = ofAddress.filter(({ state }) => state === 'new');
        const kept = fresh.filter((one) => !closed.has(one));
        expect(kept).toHaveLength(Math.min(100, fresh.length));
        const oldestKept = Math.min(...kept.map(({ connectedAt }) => connectedAt));
        for (const one of fresh) if (closed.has(one)) expect(one.connectedAt).toBeLessThanOrEqual(oldestKept);
      }
      expect([...closed].every(({ state }) => state === 'new')).toBe(true);
    }),
  );
});
