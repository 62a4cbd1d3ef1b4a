import { beforeAll, describe, expect, it } from 'vitest';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { coreHoursOf } from '../../shared/workspaces/job-state.ts';
import { createWorkspacesApi, ok, type Person, refused, type WorkspacesApi } from './workspaces-fixture.ts';

// Fields, forms of times and numbers, and filters of the documented API.

const milliseconds = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
/** Without a zone, in answers to requests that create something. */
const naive = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
const microseconds = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);

let api: WorkspacesApi;
let bob: Person;
let anna: Person;
let first: number;
let second: number;
let ended: number;

/** Data of an answer. */
async function dataOf(request: string, body?: unknown, as = bob) {
  const answer = await api.ask(request, body, as);
  expect(answer).toMatchObject({ status: 200, body: { success: true } });
  return Object(answer.body).data;
}

/** Ids that a list has. */
const idsOf = async (list: 'workspaces' | 'jobs', query: string): Promise<number[]> => {
  const data = await dataOf(`GET /${list}/${query}`);
  return data[list].map(({ id }: { id: number }) => id);
};

beforeAll(async () => {
  api = await createWorkspacesApi();
  bob = await api.researcher('bob', '1001');
  anna = await api.researcher('anna', '1001', { fname: 'Anna', lname: 'Berg' });
  first = (await dataOf('POST /workspaces/', { name: 'Heart', description: 'of 2024' })).workspace.id;
  second = (await dataOf('POST /workspaces/', { name: 'Heart', description: 'of 2025' })).workspace.id;
  const start = { job_type: 'test_job', job_details: { a: 1 }, resource_options: { num_cpus: 2 } };
  ended = (await dataOf(`PUT /workspaces/${second}/start`, start)).job.id;
  await endJob(
    api.context,
    { userId: bob.userId, jobId: ended },
    { state: 'complete', coreHours: coreHoursOf(2, 60_000) },
  );
});

const details = {
  request_workspace_details: { files: [], symlinks: [] },
  current_workspace_details: { files: [], symlinks: [] },
};

describe('a workspace', () => {
  it('has the documented fields', async () => {
    const created = await dataOf('POST /workspaces/', { name: 'n', description: 'd' });
    const fields = {
      id: expect.any(Number),
      name: 'n',
      description: 'd',
      disk_space: 0,
      datetime_created: naive,
      datetime_last_modified: null,
      datetime_last_job_launch: null,
      workspace_details: details,
      status: 'idle',
      default_job_type: null,
    };
    expect(created).toEqual({ workspace: fields });
    const { workspaces } = await dataOf(`GET /workspaces/${created.workspace.id}/`);
    expect(workspaces).toEqual([{ ...fields, datetime_created: milliseconds }]);
    await dataOf(`PUT /workspaces/${created.workspace.id}/`, { default_job_type: '', description: '' });
    const [changed] = (await dataOf(`GET /workspaces/${created.workspace.id}/`)).workspaces;
    expect(changed).toMatchObject({ default_job_type: '', description: '', datetime_last_modified: milliseconds });
    await api.ask(`DELETE /workspaces/${created.workspace.id}/`, undefined, bob);
  });

  it('notes when a job was started in it', async () => {
    const [workspace] = (await dataOf(`GET /workspaces/${second}`)).workspaces;
    expect(workspace).toMatchObject({ datetime_last_job_launch: milliseconds });
  });

  it('is found by filters that all match, and others are ignored', async () => {
    expect(await idsOf('workspaces', '?name=Heart')).toEqual([second, first]);
    expect(await idsOf('workspaces', '?name=Heart&description=of 2024')).toEqual([first]);
    expect(await idsOf('workspaces', '?name=heart')).toEqual([]);
    expect(await idsOf('workspaces', '?status=idle&other=x')).toEqual([second, first]);
    expect(await idsOf('workspaces', '?status=active')).toEqual([]);
  });
});

describe('a job', () => {
  it('has the documented fields, with those of a start that has just been asked for', async () => {
    const start = { job_type: 'test_job', job_details: { a: 1 }, resource_options: { num_cpus: 2 } };
    const { job } = await dataOf(`PUT /workspaces/${first}/START/`, start);
    const fields = {
      id: expect.any(Number),
      workspace_id: first,
      resource_job_id: -1,
      job_type: 'test_job',
      status: 'pending',
      datetime_created: naive,
      datetime_start: null,
      datetime_end: null,
      core_hours: 0,
      job_details: { metrics: {}, request_job_details: { a: 1 }, current_job_details: {} },
      resource_options: { num_cpus: 2 },
    };
    expect(job).toEqual(fields);
    expect((await dataOf(`GET /jobs/${job.id}/`)).jobs).toEqual([
      { ...fields, datetime_created: milliseconds, core_hours: '0.00000' },
    ]);
    await endJob(api.context, { userId: bob.userId, jobId: job.id }, { state: 'failed', coreHours: 0, exitCode: 3 });
    const [failed] = (await dataOf(`GET /jobs/${job.id}/`)).jobs;
    expect(failed).toMatchObject({ status: 'failed', datetime_end: milliseconds });
    expect(failed.job_details.current_job_details).toEqual({ exit_code: 3 });
  });

  it('has its core hours as a text with five places', async () => {
    const [job] = (await dataOf(`GET /jobs/${ended}`)).jobs;
    expect(job).toMatchObject({ core_hours: '0.03334', status: 'complete' });
  });

  it.each([
    ['workspace_id', () => `${second}`, true],
    ['workspace_id', () => '9999', false],
    ['job_type', () => 'test_job', true],
    ['job_type', () => 'other', false],
    ['status', () => 'complete', true],
    ['status', () => 'running', false],
    ['status', () => 'unheard-of', false],
    ['resource_job_id', () => '-1', true],
    ['resource_job_id', () => '4711', false],
    ['other', () => 'x', true],
  ])('is found by the filter %s (%#)', async (name, value, isFound) => {
    expect((await idsOf('jobs', `?${name}=${value()}`)).includes(ended)).toBe(isFound);
  });
});

describe('a share', () => {
  it('has the documented fields, for its sender as for its receiver', async () => {
    const body = { original_workspace_id: second, shared_user_ids: [anna.userId] };
    const { shared_workspaces } = await dataOf('POST /shared_workspaces/', body);
    const party = (id: unknown, user: object) => ({
      id,
      name: 'Heart',
      description: 'of 2025',
      workspace_details: details,
      user_id: user,
    });
    const share = {
      original_workspace_id: party(second, {
        username: 'bob',
        first_name: '',
        last_name: '',
        email: 'bob@centre.example',
      }),
      shared_workspace_id: party(expect.any(Number), {
        username: 'anna',
        first_name: 'Anna',
        last_name: 'Berg',
        email: 'anna@centre.example',
      }),
      last_resource_options: { num_cpus: 2 },
      last_job_type: 'test_job',
      is_accepted: false,
      datetime_share_created: microseconds,
    };
    expect(shared_workspaces).toEqual([share]);
    expect(await dataOf('GET /shared_workspaces/')).toEqual({ original_workspaces: [share], shared_workspaces: [] });
    expect(await dataOf('GET /shared_workspaces/', undefined, anna)).toEqual({
      original_workspaces: [],
      shared_workspaces: [share],
    });
  });

  it.each(['False', 'f', '0'])('that is open is found by is_accepted=%s', async (value) => {
    expect((await dataOf(`GET /shared_workspaces/?is_accepted=${value}`)).original_workspaces).toHaveLength(1);
  });

  it.each(['True', 't', '1'])('that is open is not found by is_accepted=%s', async (value) => {
    expect((await dataOf(`GET /shared_workspaces/?is_accepted=${value}`)).original_workspaces).toEqual([]);
  });

  it('is not looked for by another word', async () => {
    expect(await api.ask('GET /shared_workspaces/?is_accepted=maybe', undefined, bob)).toMatchObject(refused(400));
  });

  it('may go to nobody, and to oneself', async () => {
    const share = (...shared_user_ids: number[]) =>
      api.ask('POST /shared_workspaces/', { original_workspace_id: first, shared_user_ids }, bob);
    expect(await share()).toMatchObject(ok('Successful.'));
    expect(await share(bob.userId)).toMatchObject(ok('Successful.'));
  });
});

describe('a symlink', () => {
  it('with a name that is no path is refused with the last part of the name', async () => {
    const symlinks = [{ name: 'datasets/./.', dataset_uuid: 'x' }];
    const body = { name: 'n', description: 'd', workspace_details: { symlinks } };
    expect(await api.ask('POST /workspaces/', body, bob)).toMatchObject(
      refused(400, 'Invalid symlink destination path specified .'),
    );
  });
});

it('every path is the same with and without a slash at its end', async () => {
  const requests = [
    ['GET', 'workspaces'],
    ['GET', `workspaces/${second}`],
    ['PUT', `workspaces/${second}`, {}],
    ['GET', 'jobs'],
    ['GET', `jobs/${ended}`],
    ['GET', `jobs/${ended}/log`],
    ['PUT', `jobs/${ended}/stop`],
    ['GET', 'shared_workspaces'],
    ['GET', 'shared_workspaces/9999'],
    ['PUT', 'shared_workspaces/9999/accept'],
    ['DELETE', 'shared_workspaces/9999'],
    ['DELETE', 'workspaces/9999'],
    ['GET', 'users'],
    ['GET', 'job_types'],
    ['GET', 'parameters'],
    ['GET', 'status'],
    ['GET', 'delivered_files'],
    ['POST', 'tokens', {}],
  ] as const;
  for (const [method, path, body] of requests) {
    const [plain, slashed] = [
      await api.ask(`${method} /${path}`, body, bob),
      await api.ask(`${method} /${path}/`, body, bob),
    ];
    expect({ path, status: slashed.status, body: slashed.body }).toEqual({
      path,
      status: plain.status,
      body: plain.body,
    });
    expect(plain.status).not.toBe(405);
  }
});
