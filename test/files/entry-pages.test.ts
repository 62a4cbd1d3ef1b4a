import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryPages, moveBookmark, readBookmark } from '../../shared/files/entry-pages.ts';
import { useServices } from './services.ts';
import { createWorld } from './world.ts';

const services = useServices();

async function setUp(entries = 0) {
  const world = await createWorld(services());
  await world.createProject();
  if (entries > 0) {
    await world.sendDelivery(Array.from({ length: entries }, (_, index) => ({ fileId: `file-${index}`, size: 10 })));
    await world.gateway.poll();
    await world.gateway.handleQueued();
  }
  return world;
}

describe('the entries of the line of transfers', () => {
  it('come once each, from wherever one begins', async () => {
    const { bridge } = await setUp(250);
    const inOrder = (await Array.fromAsync(entryPages(bridge))).flat();
    expect(inOrder.map(({ fileId }) => fileId)).toEqual(Array.from({ length: 250 }, (_, index) => `file-${index}`));

    await fc.assert(
      fc.asyncProperty(fc.nat(249), async (first) => {
        const pages = await Array.fromAsync(entryPages(bridge, inOrder[first]?.position));
        expect(pages.flat()).toEqual([...inOrder.slice(first), ...inOrder.slice(0, first)]);
        expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(100);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the bookmark', () => {
  it('stays where it was moved for some seconds since somebody began with the first entry', async () => {
    const { bridge, clock } = await setUp();
    expect(await readBookmark(bridge)).toBeUndefined();

    await moveBookmark(bridge, undefined, 'a');
    await clock.advance(4_000);
    await moveBookmark(bridge, await readBookmark(bridge), 'b');
    expect(await readBookmark(bridge)).toMatchObject({ position: 'b' });

    await clock.advance(1_000);
    expect(await readBookmark(bridge)).toBeUndefined();
  });

  it('keeps nothing from being transferred that stands before it', async () => {
    const world = await setUp(3);
    await moveBookmark(world.bridge, undefined, '9');
    await world.settle();
    expect(await world.transferEntries()).toEqual([]);
    expect((await world.objects()).length).toBe(3);
  });
});
