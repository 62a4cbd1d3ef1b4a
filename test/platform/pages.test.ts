import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherPages, pagesOf } from '../../shared/platform/pages.ts';

const itemsAndSize = [fc.array(fc.integer()), fc.integer({ min: 1, max: 9 })] as const;

async function* oneByOne(items: readonly number[]): AsyncGenerator<number> {
  yield* items;
}

describe('pages', () => {
  it('have all items in their order, and are full but for the last, which is not empty', () => {
    fc.assert(
      fc.property(...itemsAndSize, (items, size) => {
        const pages = pagesOf(items, size);
        expect(pages.flat()).toEqual(items);
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(size);
        expect(pages.at(-1)?.length).not.toBe(0);
      }),
    );
  });

  it('are the same when the items come one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(...itemsAndSize, async (items, size) => {
        expect(await Array.fromAsync(gatherPages(oneByOne(items), size))).toEqual(pagesOf(items, size));
      }),
    );
  });
});
