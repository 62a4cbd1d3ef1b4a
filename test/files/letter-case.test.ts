import { describe, expect, it } from 'vitest';
import { useServices } from './file-services.ts';
import { createWorld } from './files-fixture.ts';

const services = useServices();
const sent = 'AB8FAD5B-D9CB-469F-A165-7086772895EF';
const folded = sent.toLowerCase();

async function delivered() {
  const world = await createWorld(services());
  await world.createProject();
  await world.sendDelivery([{ fileId: sent, size: 1_000 }]);
  await world.settle();
  return world;
}

describe('a file whose id is a UUID', () => {
  it('is fetched in the letters that came first, and kept in small ones', async () => {
    const world = await delivered();
    expect(await world.file(folded)).toMatchObject({
      state: 'stored',
      portalId: sent,
      objectKey: `projects/1001/files/${folded}`,
    });
    expect((await world.portal.snapshot()).violations).toEqual([]);
  });

  it('is returned and deleted whatever the letters of its id', async () => {
    const world = await delivered();
    await world.portal.send('ReturnDataFile', { fileId: folded });
    await world.settle();
    expect((await world.portal.snapshot()).received).toMatchObject([{ fileId: sent, size: 1_000 }]);
    await world.portal.send('DeleteDataFile', { fileId: folded });
    await world.settle();
    expect(await world.file(folded)).toBeUndefined();
    expect(await world.incidents()).toEqual([]);
    expect(await world.portal.pending()).toBe(0);
  });
});
