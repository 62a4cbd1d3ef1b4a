import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leaseTime } from '../../shared/files/lease-times.ts';
import { freeSlots, releaseSlot, renewSlot, takeSlot } from '../../shared/files/slots.ts';
import { useServices } from './file-services.ts';
import { createWorld } from './files-fixture.ts';

const services = useServices();

async function setUp() {
  const { context, clock, tables } = await createWorld(services());
  const slots = { db: context.db, clock, table: tables.control };
  return {
    clock,
    take: async (count: number, holder: string) => takeSlot(slots, await freeSlots(slots, count), holder),
    renew: (name: string, holder: string) => renewSlot(slots, name, holder),
    release: (name: string, holder: string) => releaseSlot(slots, name, holder),
  };
}

describe('transfer slots', () => {
  it('are never more than there are, however many ask at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 12 }), async (count, takers) => {
        const { take } = await setUp();
        const taken = await Promise.all(Array.from({ length: takers }, (_, index) => take(count, `holder-${index}`)));
        const names = taken.filter((name) => name !== undefined);
        expect(new Set(names).size).toBe(names.length);
        expect(names.length).toBeLessThanOrEqual(count);
        expect(await take(count, 'one more')).toEqual(takers < count ? expect.any(String) : undefined);
      }),
      { numRuns: 8 },
    );
  });

  it('come back when they are released', async () => {
    const { take, release } = await setUp();
    const first = await take(2, 'a');
    await take(2, 'b');
    expect(await take(2, 'c')).toBeUndefined();

    await release(first ?? '', 'a');

    expect(await take(2, 'c')).toBe(first);
  });

  it('come back when their lease is over, not before', async () => {
    const { clock, take } = await setUp();
    const slot = await take(1, 'a');
    await clock.advance(leaseTime - 1);
    expect(await take(1, 'b')).toBeUndefined();
    await clock.advance(1);
    expect(await take(1, 'b')).toBe(slot);
  });

  it('come back when their lease is further away than any: who took it had a clock that was ahead', async () => {
    const { clock, take } = await setUp();
    await clock.advance(3_600_000);
    const slot = await take(1, 'a');
    clock.goBack(3_600_000);
    expect(await take(1, 'b')).toBe(slot);
  });

  it('are kept by renewals of their holder', async () => {
    const { clock, take, renew } = await setUp();
    const slot = (await take(1, 'a')) ?? '';
    await clock.advance(leaseTime - 1);
    await renew(slot, 'a');
    await clock.advance(leaseTime - 1);
    expect(await take(1, 'b')).toBeUndefined();
  });

  it('are neither renewed nor released by anyone else', async () => {
    const { clock, take, renew, release } = await setUp();
    const slot = (await take(1, 'a')) ?? '';
    await release(slot, 'b');
    expect(await take(1, 'b')).toBeUndefined();
    await clock.advance(leaseTime - 1);
    await renew(slot, 'b');
    await clock.advance(1);
    expect(await take(1, 'c')).toBe(slot);
  });

  it('which are added later can be taken', async () => {
    const { take } = await setUp();
    await take(1, 'a');
    expect(await take(2, 'b')).toBe('transfer-slot#1');
  });
});
