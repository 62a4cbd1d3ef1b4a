import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { readJob } from '../../shared/workspaces/find.ts';
import type { JobsContext } from '../../shared/workspaces/jobs/context.ts';
import { launchJob } from '../../shared/workspaces/jobs/launch.ts';
import { watchJob } from '../../shared/workspaces/jobs/watch.ts';
import { createSlurmClient } from '../../shared/workspaces/resources/slurm/client.ts';
import { slurmResource } from '../../shared/workspaces/resources/slurm/slurm.ts';
import { Browser } from '../jupyter/browser.ts';
import { runCell } from '../jupyter/kernel.ts';
import { clusterIn, createProxyWorld } from '../workspaces/proxy-fixture.ts';

const { SLURM_URL: url = '', SLURM_TOKEN: token = '', JUPYTER_DIRECTORY: jupyter = '' } = process.env;

it.skipIf(jupyter === '')(
  'JupyterLab on a cluster tells its address, and is opened through the proxy alone',
  async () => {
    const world = await createProxyWorld(clusterIn('127.0.0.0/8'), { path: join(jupyter, 'bin') });
    const { context, api, bob } = world;
    const { s3, name } = context.workspacesBucket;
    const client = createSlurmClient({ url, version: 'v0.0.38', user: 'root', token: async () => token });
    const resource = slurmResource({ client, s3, buckets: { workspaces: name, files: name }, directory: '/tmp' });
    const jobs: JobsContext = {
      ...context,
      newToken: () => randomBytes(32).toString('base64url'),
      resource: () => resource,
    };
    const body = { name: 'n', description: '', workspace_details: { files: [{ name: 'data', content: '41' }] } };
    const workspaceId = Object((await api.ask('POST /workspaces', body, bob)).body).data.workspace.id;
    const start = { job_type: 'jupyter_lab', resource_options: { num_cpus: 1, memory_mb: 1_024 } };
    const started = await api.ask(`PUT /workspaces/${workspaceId}/start`, start, bob);
    const id = { userId: bob.userId, jobId: Object(started.body).data.job.id };

    await launchJob(jobs, id);
    onTestFinished(async () => {
      const { resourceJobId = -1 } = (await readJob(context, id)) ?? {};
      if (resourceJobId > 0) await client.cancel(resourceJobId);
    });
    await vi.waitFor(
      async () => {
        await watchJob(jobs, id);
        expect((await readJob(context, id))?.proxy?.port).toBeGreaterThan(0);
      },
      { timeout: 170_000, interval: 1_000 },
    );
    const server = (await readJob(context, id))?.proxy;
    const base = `/passthrough/${id.jobId}/`;
    const direct = `http://127.0.0.1:${server?.port}${base}api/contents`;
    expect((await fetch(direct)).status).toBe(403);
    expect((await fetch(direct, { headers: { authorization: `token ${bob.token}` } })).status).toBe(403);

    const { url_domain, url_path } = await world.connectionOf(id.jobId);
    const browser = new Browser(url_domain);
    expect(await browser.open(url_path)).toMatchObject({ status: 200, body: expect.stringContaining('JupyterLab') });
    const kernel = await browser.post(`${base}api/kernels`, { name: 'python3', path: 'a.ipynb' });
    expect(kernel.status).toBe(201);
    const channels = `${base}api/kernels/${Object(JSON.parse(kernel.body)).id}/channels?session_id=test`;
    const socket = await browser.connect(channels);
    const cell = 'import os; print(int(open("data").read()) + 1, "SLURM_JOB_ID" in os.environ, dict(os.environ))';
    const { printed, status } = await runCell(socket, cell);
    expect(status, printed).toBe('ok');
    expect(printed).toMatch(/^42 True /);
    // Neither what the job reads of itself nor what it has told has the secret of the server nor a key of the gateway.
    expect(printed).not.toMatch(/AWS_|X-Amz-|SLURM_JWT/);
    expect(printed).not.toContain(server?.token);
  },
  200_000,
);
