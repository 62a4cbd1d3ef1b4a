import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { getItem } from '../../shared/platform/dynamodb.ts';
import { changeJob } from '../../shared/workspaces/change-job.ts';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { readJob } from '../../shared/workspaces/find.ts';
import { usageKey, workspaceKey } from '../../shared/workspaces/keys.ts';
import {
  createWorkspacesApi,
  exampleConfiguration,
  ok,
  type Person,
  type WorkspacesApi,
} from './workspaces-fixture.ts';

// How the public clients of the documented API read its answers: the portal's lists and waiting page, and its templates.

const statuses = ['active', 'idle', 'deleting', 'error'];
const ranks: Record<string, number> = { running: 0, pending: 1, stopping: 2, complete: 3, failed: 3 };

const names = z.array(z.object({ name: z.string() }));
const workspaceSchema = z.object({
  id: z.number(),
  status: z.string(),
  workspace_details: z.object({
    request_workspace_details: z.object({ files: names }),
    current_workspace_details: z.object({ files: names.optional() }),
  }),
});
const jobSchema = z.object({
  id: z.number(),
  workspace_id: z.number(),
  status: z.string(),
  job_details: z.object({
    request_job_details: z.record(z.string(), z.unknown()),
    current_job_details: z.object({
      message: z.string().optional(),
      connection_details: z.object({ url_path: z.string(), url_domain: z.string() }).optional(),
    }),
  }),
});
type Job = z.infer<typeof jobSchema>;

const workspacesIn = (body: unknown) => z.array(workspaceSchema).parse(Object(body).data.workspaces);
const jobsIn = (body: unknown) => z.array(jobSchema).parse(Object(body).data.jobs);

/** Path of the notebook that the portal opens: the first one, of the files that are there, else of those asked for. */
function notebookPath({ workspace_details: details }: z.infer<typeof workspaceSchema>): string | undefined {
  const files = details.current_workspace_details.files ?? details.request_workspace_details.files;
  const found = files.find(({ name }) => name.endsWith('.ipynb'))?.name;
  return found?.startsWith('/') === false ? `/${found}` : found;
}

/** The job that counts for a workspace: running before pending; none that is done. @throws for a status that is not known */
function bestJob(jobs: readonly Job[], workspaceId: number): Job | undefined {
  const rankOf = ({ status }: Job) => {
    const rank = ranks[status];
    if (rank === undefined) throw new Error(`Unknown status ${status}`);
    return rank;
  };
  const own = jobs.filter(
    ({ workspace_id, ...job }) => workspace_id === workspaceId && rankOf({ workspace_id, ...job }) < 2,
  );
  return own.toSorted((one, other) => rankOf(one) - rankOf(other))[0];
}

/** Address of the notebook: the server's address with the path of the notebook, and its query. */
function addressOf({ job_details: { current_job_details: details } }: Job, path: string): string | undefined {
  const { connection_details: connection } = details;
  if (!connection) return undefined;
  const [base, query] = `${connection.url_domain}${connection.url_path}`.split('?');
  return `${base?.replace(/\/(lab)?\/?$/, '')}/tree${path}${query === undefined ? '' : `?${query}`}`;
}

let api: WorkspacesApi;
let bob: Person;
const ask = (request: string, body?: unknown) => api.ask(request, body, bob);

/** Body that the portal sends for a workspace of a template and data sets. */
const creation = (dataSets: number) => ({
  name: 'Kidney',
  description: 'From two templates',
  workspace_details: {
    globus_groups_token: 'of the portal',
    files: [
      { name: 'notes.md', content: '# Notes' },
      { name: 'blank.ipynb', content: '{"cells": []}' },
    ],
    symlinks: Array.from({ length: dataSets }, (_, index) => ({
      name: `datasets/set-${index}`,
      dataset_uuid: `set-${index}`,
    })),
  },
});

const options = { num_cpus: 1, memory_mb: 8_192, time_limit_minutes: 180, gpu_enabled: false };
const startBody = { job_type: 'test_job', job_details: {}, resource_options: options };

async function create(dataSets = 0): Promise<number> {
  const answer = await ask('POST /workspaces/', creation(dataSets));
  expect(answer).toMatchObject(ok('Successful.'));
  return Object(answer.body).data.workspace.id;
}

async function start(workspaceId: number): Promise<{ userId: number; jobId: number }> {
  // Without a slash at the end, as the portal sends it.
  const answer = await ask(`PUT /workspaces/${workspaceId}/start`, startBody);
  expect(answer).toMatchObject(ok('Successful start.'));
  return { userId: bob.userId, jobId: Object(answer.body).data.job.id };
}

beforeEach(async () => {
  const { parameters: _, ...standard } = exampleConfiguration;
  api = await createWorkspacesApi(standard);
  bob = await api.researcher('bob', '1001');
});

describe('the portal', () => {
  it('creates a workspace of 150 data sets, and finds its notebook', async () => {
    await Promise.all(Array.from({ length: 150 }, (_, index) => api.deliver('1001', `set-${index}`)));
    const id = await create(150);
    const [workspace] = workspacesIn((await ask(`GET /workspaces/${id}`)).body);
    expect(workspace && notebookPath(workspace)).toBe('/blank.ipynb');
    expect(JSON.stringify(workspace)).not.toContain('of the portal');
  });

  it('knows every status of its list, also while a workspace is being made', async () => {
    const [first, second] = [await create(), await create()];
    await start(second);
    await api.context.db.send(
      new UpdateCommand({
        TableName: api.context.tables.workspaces,
        Key: workspaceKey({ userId: bob.userId, workspaceId: first }),
        UpdateExpression: 'SET #state = :state',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':state': 'initializing' },
      }),
    );
    const listed = workspacesIn((await ask('GET /workspaces')).body);
    expect(listed.map(({ id, status }) => [id, status])).toEqual([[second, 'active']]);
    for (const { status } of listed) expect(statuses).toContain(status);
    const asked = workspacesIn((await ask('GET /workspaces?status=initializing')).body);
    expect(asked.map(({ id }) => id)).toEqual([first]);
  });

  it('waits for a job, and opens it at its address', async () => {
    const id = await create();
    const job = await start(id);
    const best = async () => bestJob(jobsIn((await ask('GET /jobs')).body), id);
    expect(await best()).toMatchObject({ status: 'pending' });
    await changeJob(api.context, job, () => ({ state: 'running', current: { message: 'Webserver not ready.' } }));
    const waiting = await best();
    expect(waiting && addressOf(waiting, '/blank.ipynb')).toBeUndefined();
    const connection_details = { url_path: `/passthrough/${job.jobId}/`, url_domain: 'https://jobs.centre.example' };
    await changeJob(api.context, job, () => ({ current: { message: 'Webserver ready.', connection_details } }));
    const ready = await best();
    expect(ready && addressOf(ready, '/blank.ipynb')).toBe(
      `https://jobs.centre.example/passthrough/${job.jobId}/tree/blank.ipynb`,
    );
  });

  it('takes a running job before a pending one, and none that is done', async () => {
    const id = await create();
    const [done, running] = [await start(id), await start(id)];
    await start(id);
    await changeJob(api.context, running, () => ({ state: 'running' }));
    await endJob(api.context, done, { state: 'failed', coreHours: 0 });
    const jobs = jobsIn((await ask('GET /jobs')).body);
    expect(jobs).toHaveLength(3);
    expect(bestJob(jobs, id)).toMatchObject({ id: running.jobId });
    expect(bestJob(jobs, id + 1)).toBeUndefined();
  });

  it('stops a job, and starts it again with the options that it had', async () => {
    const id = await create();
    const job = await start(id);
    expect(await ask(`PUT /jobs/${job.jobId}/stop`)).toMatchObject(ok('Successful stop.'));
    const [stopped] = Object((await ask(`GET /jobs/${job.jobId}`)).body).data.jobs;
    expect(stopped.resource_options).toEqual(options);
    const again = { ...startBody, resource_options: stopped.resource_options };
    expect(await ask(`PUT /workspaces/${id}/start`, again)).toMatchObject(ok('Successful start.'));
  });

  it.each(['time_limit_minutes', 'time_limit_min'])('gives a job its time limit by the name %s', async (name) => {
    const id = await create();
    const answer = await ask(`PUT /workspaces/${id}/start`, { ...startBody, resource_options: { [name]: 90 } });
    const jobId = Object(answer.body).data.job.id;
    expect(await readJob(api.context, { userId: bob.userId, jobId })).toMatchObject({ timeLimitMinutes: 90 });
  });
});

describe('four clients at once', () => {
  /** Makes workspaces, starts jobs in one of them again and again while it lists them, stops all, and deletes all. */
  async function stress(client: Person): Promise<void> {
    const send = async (request: string, body?: unknown) => {
      const answer = await api.ask(request, body, client);
      expect(answer, request).toMatchObject({ status: 200, body: { success: true } });
      return Object(answer.body).data;
    };
    const workspaces: number[] = [];
    for (let count = 0; count < 2; count++) {
      workspaces.push((await send('POST /workspaces/', creation(0))).workspace.id);
    }
    const jobs: number[] = [];
    for (let count = 0; count < 2; count++) {
      jobs.push((await send(`PUT /workspaces/${workspaces[0]}/start`, startBody)).job.id);
      const listed = jobsIn({ data: await send('GET /jobs') });
      expect(listed.map(({ id }) => id)).toEqual(jobs.toReversed());
    }
    for (const jobId of jobs) {
      await send(`PUT /jobs/${jobId}/stop`);
      await endJob(api.context, { userId: client.userId, jobId }, { state: 'complete', coreHours: 1 });
    }
    for (const id of workspaces) await send(`DELETE /workspaces/${id}/`);
    expect(workspacesIn({ data: await send('GET /workspaces') })).toEqual([]);
    expect(jobsIn({ data: await send('GET /jobs') })).toEqual([]);
  }

  it('leave nothing but what they have used, and no list shows what is of another', { timeout: 120_000 }, async () => {
    const clients = await Promise.all(['one', 'two', 'three', 'four'].map((name) => api.researcher(name, '1001')));
    await Promise.all(clients.map(stress));
    const { db, tables } = api.context;
    const used = { activeJobs: 0, diskSpace: 0, coreHours: 2, usedCoreHours: 2 };
    for (const { userId } of clients) {
      expect(await getItem(db, tables.workspaces, usageKey({ userId }))).toMatchObject(used);
    }
    expect(await getItem(db, tables.workspaces, usageKey({ projectNo: '1001' }))).toMatchObject({
      ...used,
      coreHours: 8,
      usedCoreHours: 8,
    });
  });
});
