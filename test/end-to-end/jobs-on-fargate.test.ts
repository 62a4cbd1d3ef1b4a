import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type LocalGateway, startGateway } from '../../infra/local/runner.ts';
import { synthesize } from '../../infra/local/start/synthesize.ts';
import { useTemporaryDirectories } from '../infra/local/local-fixture.ts';
import { type Ask, askOf, becomeAdmin } from './api-client.ts';

const temporaryDirectory = useTemporaryDirectories();
const dataDirectory = temporaryDirectory();

const workspaces = {
  available_resources: {
    aws: {
      name: 'AWS',
      resource_type: 'fargate',
      capabilities: { gpu_enabled: false, max_cpus: 4, max_memory_mb: 16_384, max_time_minutes: 720 },
      connection_details: { image: `public.ecr.aws/docker/library/python@sha256:${'0'.repeat(64)}` },
    },
  },
};

let gateway: LocalGateway;
let ask: Ask;

beforeAll(async () => {
  const assembly = await synthesize(AbortSignal.timeout(60_000), { workspaces });
  gateway = await startGateway({ assembly, dataDirectory, pollSeconds: 3600 });
  let token = '';
  const plain = askOf(z.string().parse(gateway.endpoints.api?.url), () => token);
  token = await becomeAdmin(plain, dataDirectory);
  ask = (request, body) => plain(request, body, { 'uws-authorization': `Token ${token}` });
}, 120_000);
afterAll(() => gateway.stop());

const created = z.object({ data: z.object({ workspace: z.object({ id: z.number() }) }) });
const started = z.object({ data: z.object({ job: z.object({ id: z.number() }) }) });

it('runs a job of the template on Fargate in a process of this machine, with its files and its log', async () => {
  const files = [{ name: 'run.sh', content: 'echo "hello from $JOB_ID"; env >env.txt; echo 42 >answer.txt' }];
  const body = { name: 'n', description: '', workspace_details: { files } };
  const workspace = created.parse((await ask('POST /uws/workspaces/', body)).body).data.workspace.id;
  const start = { job_type: 'batch', job_details: { script: 'run.sh' }, resource_options: {} };
  const job = started.parse((await ask(`PUT /uws/workspaces/${workspace}/start/`, start)).body).data.job.id;
  const view = async () => Object((await ask(`GET /uws/jobs/${job}/`)).body).data.jobs[0];
  await vi.waitFor(async () => expect((await view()).status).toMatch(/complete|failed/), {
    timeout: 90_000,
    interval: 200,
  });
  expect(await view()).toMatchObject({ status: 'complete', job_details: { current_job_details: { exit_code: 0 } } });
  expect(Object((await ask(`GET /uws/jobs/${job}/log/`)).body)).toMatchObject({
    data: expect.objectContaining({ stdout: `hello from ${job}\n` }),
  });
  const { body: seen } = await ask(`GET /uws/workspaces/${workspace}/`);
  const names = Object(seen).data.workspaces[0].workspace_details.current_workspace_details.files;
  expect(names.map(({ name }: { name: string }) => name)).toEqual(['/answer.txt', '/env.txt', '/run.sh']);
  expect(readFileSync(join(dataDirectory, 'logs', 'job.log'), 'utf8')).toBe('');
});
