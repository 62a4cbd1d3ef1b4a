import { describe, expect, it } from 'vitest';
import { sweep } from '../../shared/processes/sweep.ts';
import { sweep as sweepWorkspaces } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';
import { useWorlds } from '../support/setup.ts';
import { minute } from '../support/world.ts';
import { createAnalyses } from './analysis-fixture.ts';

const createWorld = useWorlds();

const never = Number.POSITIVE_INFINITY;

describe('an analysis', () => {
  it.each(['before', 'after'] as const)(
    'has one workspace and one job, wherever its beginning ends %s a call',
    async (when) => {
      for (let call = 1, crashed = true; crashed; call += 3) {
        const { world, context, con, order, work, rowsOf, startedJobs } = await createAnalyses(await createWorld());
        const { press } = await order('true', { inputs: ['register.csv'] });
        const hasCrashed = world.outside.crashAt(call, when);
        await press('PRODUCTION', con).catch(() => {});
        await work().catch(() => {});
        crashed = hasCrashed();
        world.outside.heal();
        await press('PRODUCTION', con);
        for (let round = 0; round < 3; round++) {
          world.clock.advance(31 * minute);
          await sweep(context, never);
          await work();
          await sweepWorkspaces(context.workspaces, workHandlers, never);
        }
        // The workspace, and that its project has it.
        const workspaces = await rowsOf('workspaces', /^workspace#/);
        expect(workspaces).toHaveLength(2);
        expect(workspaces).toContainEqual(expect.objectContaining({ state: 'idle', activeJobs: 1 }));
        expect(await rowsOf('workspaces', /^(file|link)#/)).toHaveLength(2);
        expect(new Set(startedJobs.map(({ jobId }) => jobId)).size).toBe(1);
        expect(await rowsOf('processes', /#after-step#/)).toEqual([]);
      }
    },
    600_000,
  );
});
