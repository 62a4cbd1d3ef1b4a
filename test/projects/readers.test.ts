import { describe, expect, it } from 'vitest';
import { planApproval } from '../../shared/decisions/approve.ts';
import { commitAction } from '../../shared/decisions/context.ts';
import { createProject } from '../../shared/projects/create-project.ts';
import { handlerOf } from '../support/handlers.ts';
import { create, play, remove } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute } from '../support/world.ts';

const newWorld = useWorlds();

/** A gateway whose settings let roles read the files of project `p`. */
async function withReaders() {
  const world = await newWorld();
  const { context, tables, filesBucket, handlers, clock } = world;
  const effect = createProject({ s3: context.s3, name: filesBucket }, ['p']);
  handlers.CreateProject.handle = handlerOf(context, effect);
  return { world, desk: { ...context, tables, clock } };
}

describe('a project whose files roles may read', () => {
  it('is created the first time', async () => {
    const { world } = await withReaders();
    await play(world, create('p'), create('q'));
    expect(await world.rows.projects()).toHaveLength(2);
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('is created anew when a person has approved of its readers', async () => {
    const { world, desk } = await withReaders();
    const [, , again = ''] = await play(world, create('p'), remove('p'), create('p'));
    expect(await world.rows.states()).toMatchObject({ [again]: 'held' });
    expect(await world.rows.projects()).toEqual([]);
    expect(await world.rows.incidents()).toMatchObject([
      {
        kind: 'needs-approval',
        messageId: again,
        found: expect.stringContaining('readerRoleArns still lets the roles'),
      },
    ]);

    const approval = await planApproval(desk, again);
    expect(await commitAction(desk, approval, { by: 'ann', reason: 'the same people' })).toBe(true);
    world.clock.advance(minute);
    await world.run();
    expect(await world.rows.projects()).toMatchObject([{ projectNo: 'p', state: 'active' }]);
    expect(await world.portal.pending()).toBe(0);
  });

  it('is no concern of another one that is created anew', async () => {
    const { world } = await withReaders();
    await play(world, create('q'), remove('q'), create('q'));
    expect(await world.rows.projects()).toMatchObject([{ projectNo: 'q' }]);
  });
});
