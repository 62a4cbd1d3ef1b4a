import { expect, it } from 'vitest';
import { useWorlds } from '../support/setup.ts';

const newWorld = useWorlds();

it('creates a project, and tells the portal', async () => {
  const world = await newWorld();
  await world.portal.send('CreateProject', { projectNo: 1001 }, { messageId: 'm-1' });
  await world.run();
  expect(await world.rows.projects()).toMatchObject([{ projectNo: '1001', state: 'active', version: 1 }]);
  expect(await world.rows.history('project#1001')).toMatchObject([{ sequence: 1, event: 'created', messageId: 'm-1' }]);
  expect((await world.portal.snapshot()).messages).toMatchObject([{ messageId: 'm-1', marked: true }]);
  expect(await world.rows.lines()).toEqual([]);
});
