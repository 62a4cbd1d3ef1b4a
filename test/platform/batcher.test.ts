import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { Batcher } from '../../shared/platform/batcher.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A batcher whose batches end when the test says so; each answers with its doubles. */
function newBatcher(most: number, atOnce = 1) {
  const batches: { requests: number[]; end: PromiseWithResolvers<void> }[] = [];
  const batcher = new Batcher<number, number>(
    async (requests) => {
      const end = Promise.withResolvers<void>();
      batches.push({ requests, end });
      await end.promise;
      return requests.map((request) => 2 * request);
    },
    { most, atOnce },
  );
  return { batcher, batches };
}

it('sends together what is asked for at the same time, and what comes meanwhile', async () => {
  const { batcher, batches } = newBatcher(10);
  const answers = [batcher.submit(1), batcher.submit(2)];
  await vi.waitFor(() => expect(batches.map(({ requests }) => requests)).toEqual([[1, 2]]));
  answers.push(batcher.submit(3), batcher.submit(4));
  batches[0]?.end.resolve();
  await vi.waitFor(() => expect(batches).toHaveLength(2));
  expect(batches.map(({ requests }) => requests)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  batches[1]?.end.resolve();
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8]);
});

it('gives each its own answer, never more together than allowed, however they come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3)), fc.integer({ min: 1, max: 5 }), async (pauses, most) => {
      const sizes: number[] = [];
      const batcher = new Batcher<number, number>(
        async (requests) => {
          sizes.push(requests.length);
          await turn();
          return requests.map((request) => -request);
        },
        { most, atOnce: 2 },
      );
      const answers: Promise<number>[] = [];
      for (const [index, pause] of pauses.entries()) {
        if (pause === 0) await turn();
        answers.push(batcher.submit(index + 1));
      }
      expect(await Promise.all(answers)).toEqual(pauses.map((_, index) => -(index + 1)));
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(most);
    }),
  );
});

it('fails all of a batch, and none of the next', async () => {
  const { batcher, batches } = newBatcher(2);
  const [first, second, third] = [batcher.submit(1), batcher.submit(2), batcher.submit(3)];
  await vi.waitFor(() => expect(batches).toHaveLength(1));
  batches[0]?.end.reject(new Error('no way'));
  await expect(first).rejects.toThrow('no way');
  await expect(second).rejects.toThrow('no way');
  await vi.waitFor(() => expect(batches).toHaveLength(2));
  batches[1]?.end.resolve();
  expect(await third).toBe(6);
});
