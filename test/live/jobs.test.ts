import { expect, it } from 'vitest';
import { authenticateAccount } from '../../shared/live/authenticate.ts';
import { pushUnpublished } from '../../shared/live/events/push-unpublished.ts';
import { changeJob } from '../../shared/workspaces/change-job.ts';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { createWorkspacesApi } from '../workspaces/workspaces-fixture.ts';
import { received } from './live-client.ts';
import { startLive } from './live-fixture.ts';

const features = ['resume'];

async function start() {
  const api = await createWorkspacesApi();
  const { context, outside } = api;
  const live = await startLive({
    world: { outside, logs: [], tables: api.tables, context },
    authenticate: (live) => authenticateAccount(live),
  });
  const [bob, anna] = [await api.researcher('bob', '1001'), await api.researcher('anna', '1001')];
  const operator = await api.person('eve', { permissions: ['operator', 'admin'] });
  const created = await api.ask('POST /workspaces', { name: 'n', description: '' }, bob);
  const workspaceId: number = Object(created.body).data.workspace.id;
  const started = await api.ask(`PUT /workspaces/${workspaceId}/start`, { job_type: 'test_job' }, bob);
  const id = { userId: bob.userId, jobId: Number(Object(started.body).data.job.id) };
  const pushAll = async () => {
    while (await pushUnpublished(live.context));
  };
  return { api, live, bob, anna, operator, workspaceId, id, pushAll };
}

it('a job is pushed to its owner alone, in the order of its states', async () => {
  const { api, live, bob, anna, operator, workspaceId, id, pushAll } = await start();
  const clients = [bob, anna, operator].map(({ token }) => live.open(token, { features }));
  const [own, other, all] = await Promise.all(clients);
  const set = (change: object) => changeJob(api.context, id, () => change);
  await set({ handle: 'launching' });
  await set({ state: 'running', current: { message: 'Webserver not ready.', time_left: 60 } });
  await set({ state: 'running', current: { message: 'Webserver not ready.', time_left: 59 } });
  await set({ current: { message: 'Webserver ready.' } });
  await api.ask(`PUT /jobs/${id.jobId}/stop`, undefined, bob);
  await endJob(api.context, id, { state: 'failed', coreHours: 0, exitCode: 3, reason: 'exit code 3' });
  await pushAll();
  const pushes = own ? await received(own) : [];
  expect(pushes.map(({ status, current_job_details }) => [status, current_job_details])).toEqual([
    ['running', { message: 'Webserver not ready.', time_left: 60 }],
    ['running', { message: 'Webserver ready.' }],
    ['stopping', { message: 'Webserver ready.' }],
    ['failed', { message: 'Webserver ready.', exit_code: 3, reason: 'exit code 3' }],
  ]);
  expect(pushes[0]).toMatchObject({
    action: 'job',
    job_id: id.jobId,
    workspace_id: workspaceId,
    push: true,
    offset: 1,
  });
  for (const client of [other, all]) expect(client ? await received(client) : undefined).toEqual([]);
});

it('what a job became while its owner was away is pushed after the reconnect, and nothing is pushed twice', async () => {
  const { api, live, bob, id, pushAll } = await start();
  const before = await live.connect();
  const { epoch, offset } = await before.ask({ token: bob.token, features });
  before.close();
  await changeJob(api.context, id, () => ({ state: 'running' }));
  await pushAll();
  await pushAll();
  const again = await live.connect();
  await again.ask({ token: bob.token, features, resume: { epoch, offset } });
  expect((await received(again)).map(({ action, status }) => [action, status])).toEqual([['job', 'running']]);
});
