import fc from 'fast-check';
import { expect, it } from 'vitest';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { readLoad } from '../../shared/workspaces/resource-load.ts';
import { createWorkspacesApi, exampleConfiguration, type Person, type WorkspacesApi } from './workspaces-fixture.ts';

const capabilities = { gpu_enabled: false, max_cpus: 16, max_memory_mb: 131_072, max_time_minutes: 720 };
const resource = (more: object = {}) => ({
  name: 'A resource',
  resource_type: 'local',
  capabilities: { ...capabilities, ...more },
});

async function start(api: WorkspacesApi, as: Person) {
  const workspace = Object((await api.ask('POST /workspaces', { name: 'n', description: '' }, as)).body).data.workspace;
  const answer = await api.ask(`PUT /workspaces/${workspace.id}/start`, { job_type: 'test_job' }, as);
  return { userId: as.userId, jobId: Number(Object(answer.body).data.job.id) };
}

it('jobs count at their resource until they end, once each, and go to another one as it fills', async () => {
  const api = await createWorkspacesApi({
    ...exampleConfiguration,
    available_resources: { one: resource({ max_concurrent_jobs: 2 }), other: resource({ max_concurrent_jobs: 2 }) },
  });
  const bob = await api.person('bob');
  const load = () => readLoad(api.context);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 8 }), async (starts) => {
      const active: { userId: number; jobId: number }[] = [];
      for (const starting of starts) {
        const ended = starting ? undefined : active.shift();
        if (starting) active.push(await start(api, bob));
        for (let time = 0; ended && time < 2; time++)
          await endJob(api.context, ended, { state: 'complete', coreHours: 0 });
        const { one = 0, other = 0 } = await load();
        expect(one + other).toBe(active.length);
        if (starting && active.length <= 2) expect(Math.abs(one - other)).toBeLessThanOrEqual(1);
      }
      for (const id of active) await endJob(api.context, id, { state: 'failed', coreHours: 0 });
      expect(Object.values(await load()).every((count) => count === 0)).toBe(true);
    }),
    { numRuns: 5 },
  );
});

it('a job that was not counted gives nothing back, whatever the configuration says by then', async () => {
  const api = await createWorkspacesApi();
  const id = await start(api, await api.person('bob'));
  const counting = { ...api.context, configuration: { ...api.context.configuration } };
  const { here } = counting.configuration.available_resources;
  if (here) here.capabilities = { ...here.capabilities, max_concurrent_jobs: 1 };
  await endJob(counting, id, { state: 'complete', coreHours: 0 });
  expect(await readLoad(counting)).toEqual({});
});
