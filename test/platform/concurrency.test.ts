import fc from 'fast-check';
import { expect, it } from 'vitest';
import { coalesced, forEachConcurrently } from '../../shared/platform/concurrency.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

it('runs the task once for each item, never more at once than allowed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 8 }), async (items, limit) => {
      const seen: number[] = [];
      let running = 0;
      let most = 0;
      await forEachConcurrently(items, limit, async (item) => {
        most = Math.max(most, ++running);
        seen.push(item);
        await turn();
        running--;
      });
      expect(seen).toEqual(items);
      expect(most).toBe(Math.min(limit, items.length));
    }),
    { numRuns: 50 },
  );
});

it('throws the first failure when those under way have ended, and begins no further ones', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const running = forEachConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
    begun.push(item);
    if (item === 1) throw new Error('the first');
    await turn();
    ended.push(item);
  });
  await expect(running).rejects.toThrow('the first');
  expect(begun).toEqual([1, 2]);
  expect(ended).toEqual([2]);
});

it('takes items from a source as it goes', async () => {
  function* source() {
    yield 1;
    throw new Error('the source broke');
  }
  await expect(forEachConcurrently(source(), 2, async () => {})).rejects.toThrow('the source broke');
});

it('lets those who ask while a coalesced task runs share one further run, also after a failure', async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const ask = coalesced(() => {
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    return gate.promise;
  });
  const first = ask();
  const [second, third] = [ask(), ask()];
  gates[0]?.reject(new Error('the first run'));
  await expect(first).rejects.toThrow('the first run');
  await turn();
  expect(gates).toHaveLength(2);
  gates[1]?.resolve();
  await Promise.all([second, third]);
  const later = ask();
  gates[2]?.resolve();
  await later;
  expect(gates).toHaveLength(3);
});
