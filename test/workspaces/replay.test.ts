import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { changeJob } from '../../shared/workspaces/change-job.ts';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { readJob } from '../../shared/workspaces/find.ts';
import { workspaceKey } from '../../shared/workspaces/keys.ts';
import {
  createWorkspacesApi,
  exampleConfiguration,
  exampleParameters,
  ok,
  type Person,
  refused,
  type WorkspacesApi,
} from './workspaces-fixture.ts';

let api: WorkspacesApi;
let test: Person;
let id: number;

const fresh = { name: 'Test Name', description: 'Test Description' };
const idIn = (body: unknown, of: 'workspace' | 'job'): number => Object(body).data[of].id;

/** Creates a workspace. */
async function create(as = test, fields: object = {}): Promise<number> {
  return idIn((await api.ask('POST /workspaces/', { ...fresh, ...fields }, as)).body, 'workspace');
}

/** Starts a job. @returns its id */
async function start(workspace: number, as = test): Promise<number> {
  const answer = await api.ask(`PUT /workspaces/${workspace}/start/`, { job_type: 'test_job' }, as);
  expect(answer).toMatchObject(ok('Successful start.'));
  return idIn(answer.body, 'job');
}

/** Takes a workspace into the state of one that could not be made. */
async function breakWorkspace(workspaceId: number, as = test): Promise<void> {
  const { db, tables } = api.context;
  await db.send(
    new UpdateCommand({
      TableName: tables.workspaces,
      Key: workspaceKey({ userId: as.userId, workspaceId }),
      UpdateExpression: 'SET #state = :error ADD version :one',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':error': 'error', ':one': 1 },
    }),
  );
}

beforeAll(async () => {
  api = await createWorkspacesApi();
  test = await api.person('test', { email: 'test@test.com' });
  id = await create();
});

describe('tokens', () => {
  it('are given to users of a trusted client (1-2)', async () => {
    const clients = await createWorkspacesApi({ ...exampleConfiguration, api_user_authentication: 'api_clients' });
    const portal = await clients.person('portal', { permissions: ['api_clients'] });
    const user_info = { username: 'new_user', email: 'new@test.com', first_name: 'New', last_name: 'User' };
    const body = { client_token: portal.token, user_info };
    const first = await clients.ask('POST /tokens/', body);
    expect(first).toMatchObject(ok('Successful authentication.'));
    const again = await clients.ask('POST /tokens/', body);
    expect(again).toMatchObject(ok('Successful authentication.'));
    const token = String(Object(again.body).token);
    expect(await clients.ask('GET /workspaces/', undefined, token)).toMatchObject({ status: 200 });
  });
});

describe('status', () => {
  it('has version and build (3)', async () => {
    const { status, body } = await api.ask('GET /status/');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { version: expect.any(String), build: expect.any(String) },
    });
  });
});

describe('users', () => {
  let users: WorkspacesApi;
  let caller: Person;
  beforeAll(async () => {
    users = await createWorkspacesApi();
    caller = await users.person('test');
    await users.person('search_user', { fname: 'Search', lname: 'User', email: 'search_user@querying.com' });
  });

  it.each([
    ['?search=querying', 1],
    ['?search=Search', 1],
    ['?search=User', 1],
    ['?search=Search+User', 1],
    ['?search=Fake', 0],
    ['', 1],
  ])('of %j are %i (4-9)', async (query, count) => {
    const answer = await users.ask(`GET /users/${query}`, undefined, caller);
    const message = count > 0 ? 'Successful.' : 'Users matching given parameters could not be found.';
    expect(answer).toMatchObject(ok(message));
    expect(Object(answer.body).data.users).toHaveLength(count);
  });
});

describe('workspaces', () => {
  it.each([
    ['/workspaces/1/', 'Successful.'],
    ['/workspaces/?name=Test Name', 'Successful.'],
    ['/workspaces/?name=FakeWorkspace', 'Workspace matching given parameters could not be found.'],
    ['/workspaces/', 'Successful.'],
  ])('GET %s (10-13)', async (path, message) => {
    expect(await api.ask(`GET ${path}`, undefined, test)).toMatchObject(ok(message));
  });

  it('need a token (14)', async () => {
    expect(await api.ask('GET /workspaces/')).toMatchObject(
      refused(401, 'Authentication credentials were not provided.'),
    );
  });

  it.each([
    [{}, refused(400, 'Missing required fields.')],
    [undefined, refused(400, 'Invalid JSON: Expecting value: line 1 column 1 (char 0)')],
    [{ description: 'd' }, refused(400, 'Missing required fields.')],
    [{ name: 'n' }, refused(400, 'Missing required fields.')],
    [{ ...fresh, workspace_details: 'invalid' }, refused(400, 'Workspace details not JSON.')],
    [{ ...fresh, workspace_details: null }, refused(400, 'Workspace details not JSON.')],
    [{ ...fresh, workspace_details: {} }, ok('Successful.')],
    [{ ...fresh, default_job_type: 'invalid' }, refused(400, 'invalid is not in the list of available job types.')],
    [{ ...fresh, default_job_type: '' }, ok('Successful.')],
    [{ ...fresh, default_job_type: 'test_job' }, ok('Successful.')],
    [{ ...fresh, workspace_details: { symlinks: '' } }, refused(400, "'symlinks' index must contain a list.")],
    [{ ...fresh, workspace_details: { files: '' } }, refused(400, "'files' index must contain a list.")],
    [
      { ...fresh, workspace_details: { files: [{ name: '../file.txt' }] } },
      refused(400, 'File name cannot contain double dots.'),
    ],
  ])('POST %j (15-26)', async (body, expected) => {
    expect(await api.ask('POST /workspaces/', body, test)).toMatchObject(expected);
  });

  it('PUT of one that does not exist (27)', async () => {
    expect(await api.ask('PUT /workspaces/9999/', undefined, test)).toMatchObject(
      refused(404, 'Workspace 9999 not found for user.'),
    );
  });

  it.each([
    [undefined, refused(400)],
    [{ workspace_details: '' }, refused(400, 'Workspace details not JSON.')],
    [{ workspace_details: { symlinks: '' } }, refused(400, "'symlinks' index must contain a list.")],
    [{ workspace_details: { files: '' } }, refused(400, "'files' index must contain a list.")],
    [{ default_job_type: 'fake_job' }, refused(400, 'fake_job is not in the list of available job types.')],
    [{ default_job_type: '' }, ok('Update successful.')],
    [{ default_job_type: 'test_job' }, ok('Update successful.')],
    [{ workspace_details: { symlinks: [], files: [] } }, ok('Update successful.')],
  ])('PUT %j (28-35)', async (body, expected) => {
    const workspace = await create();
    expect(await api.ask(`PUT /workspaces/${workspace}/`, body, test)).toMatchObject(expected);
  });

  it('PUT of another word (36)', async () => {
    expect(await api.ask(`PUT /workspaces/${id}/test/`, {}, test)).toMatchObject(
      refused(400, 'Invalid PUT type passed.'),
    );
  });
});

describe('a start', () => {
  const startOf = async (body: unknown, fields = {}) => {
    const workspace = await create(test, fields);
    return api.ask(`PUT /workspaces/${workspace}/start/`, body, test);
  };

  it.each([
    [undefined, {}, refused(400, 'Invalid JSON: Expecting value: line 1 column 1 (char 0)')],
    [{ job_details: {} }, {}, refused(400, 'Missing job_type and no default job type set on workspace.')],
    [
      { job_type: 'fake_job', job_details: '' },
      {},
      refused(400, 'fake_job is not in the list of available job types.'),
    ],
    [{ job_details: {} }, { default_job_type: 'test_job' }, ok('Successful start.')],
    [{ job_type: 'test_job', job_details: '' }, {}, refused(400, 'Job details not JSON.')],
    [{ job_type: 'test_job', resource_options: '' }, {}, refused(400, 'Resource options not JSON.')],
    [{ job_type: 'test_job', job_details: {}, resource_options: {} }, {}, ok('Successful start.')],
  ])('with %j in %j (37-42, 45)', async (body, fields, expected) => {
    expect(await startOf(body, fields)).toMatchObject(expected);
  });

  it('in a workspace that is not ready is refused (43)', async () => {
    const workspace = await create();
    await breakWorkspace(workspace);
    expect(await api.ask(`PUT /workspaces/${workspace}/start/`, { job_type: 'test_job' }, test)).toMatchObject(
      refused(409, `Workspace ${workspace} is not ready.`),
    );
  });

  it('of a job type whose settings are wrong is refused, and makes no job (44)', async () => {
    const broken = await createWorkspacesApi({
      ...exampleConfiguration,
      available_job_types: {
        test_job: { name: 'Test job', job_type: 'local_test', environment_details: { here: { seconds: 'many' } } },
      },
    });
    const caller = await broken.person('test');
    const workspace = idIn((await broken.ask('POST /workspaces/', fresh, caller)).body, 'workspace');
    expect(await broken.ask(`PUT /workspaces/${workspace}/start/`, { job_type: 'test_job' }, caller)).toMatchObject(
      refused(400, 'Job Type improperly configured. Please contact a system administrator to resolve this.'),
    );
    expect(await broken.ask('GET /jobs/', undefined, caller)).toMatchObject(
      ok('Job matching given parameters could not be found.'),
    );
  });

  it.each([
    { num_cpus: 1, memory_mb: 1025 },
    { time_limit_min: 480 },
    { gpu_enabled: true },
    { unknown_param: 'x' },
    {},
  ])('with the options %j (49)', async (resource_options) => {
    expect(await startOf({ job_type: 'test_job', resource_options })).toMatchObject(ok('Successful start.'));
  });

  it.each([
    [
      { num_cpus: 'one' },
      `["num_cpus: Value 'one' of type str does not match required type int. Skipping further validation of parameter num_cpus."]`,
    ],
    [{ memory_mb: 1 }, `["memory_mb: Value '1' not above minimum of 1024."]`],
    [{ time_limit_min: 481 }, `["time_limit_min: Value '481' above maximum of 480."]`],
    [
      { num_cpus: true, memory_mb: 1.5 },
      `["num_cpus: Value 'True' of type bool does not match required type int. Skipping further validation of parameter num_cpus.", "memory_mb: Value '1.5' of type float does not match required type int. Skipping further validation of parameter memory_mb."]`,
    ],
  ])('with the options %j is refused (50)', async (resource_options, text) => {
    expect(await startOf({ job_type: 'test_job', resource_options })).toMatchObject(
      refused(422, `Invalid resource options found: ${text}`),
    );
  });

  it('without a required option is refused (51)', async () => {
    const required = await createWorkspacesApi({
      ...exampleConfiguration,
      parameters: [
        ...exampleParameters,
        {
          display_name: 'Test',
          description: '',
          variable_name: 'test_param',
          default_value: '',
          validation: { type: 'str', required: true },
        },
      ],
    });
    const caller = await required.person('test');
    const workspace = idIn((await required.ask('POST /workspaces/', fresh, caller)).body, 'workspace');
    const started = (resource_options: object) =>
      required.ask(`PUT /workspaces/${workspace}/start/`, { job_type: 'test_job', resource_options }, caller);
    expect(await started({})).toMatchObject(
      refused(422, "Invalid resource options found: ['Missing required: test_param']"),
    );
    expect(await started({ test_param: 'test' })).toMatchObject(ok('Successful start.'));
  });
});

describe('an upload', () => {
  it('has files (46-48)', async () => {
    expect(await api.ask(`PUT /workspaces/${id}/upload/`, undefined, test)).toMatchObject(
      refused(400, 'No files found in request.'),
    );
    const path = `/workspaces/${id}/upload/`;
    expect(await api.upload(path, [['file', 'one.txt', '1']], test)).toMatchObject(ok('Successful upload.'));
    const two = await api.upload(
      path,
      [
        ['files', 'two.txt', '22'],
        ['files', 'three.txt', '333'],
      ],
      test,
    );
    expect(two).toMatchObject(ok('Successful upload.'));
    const { body } = await api.ask(`GET /workspaces/${id}/`, undefined, test);
    expect(Object(body).data.workspaces[0]).toMatchObject({
      disk_space: 6,
      workspace_details: {
        current_workspace_details: { files: [{ name: '/one.txt' }, { name: '/three.txt' }, { name: '/two.txt' }] },
      },
    });
  });
});

describe('a deletion', () => {
  it('is refused for a workspace that does not exist, and while a job is pending (52, 54)', async () => {
    expect(await api.ask('DELETE /workspaces/9999/', undefined, test)).toMatchObject(
      refused(404, 'Workspace 9999 not found for user.'),
    );
    const workspace = await create();
    await start(workspace);
    expect(await api.ask(`DELETE /workspaces/${workspace}/`, undefined, test)).toMatchObject(
      refused(400, 'Cannot delete workspace, jobs are running for this workspace.'),
    );
  });

  it.each(['plain', 'broken'])('removes the workspace, a %s one (53, 55)', async (kind) => {
    const workspace = await create();
    if (kind === 'broken') await breakWorkspace(workspace);
    expect(await api.ask(`DELETE /workspaces/${workspace}/`, undefined, test)).toMatchObject(
      ok(`Workspace ${workspace} queued for deletion.`),
    );
    expect(await api.ask(`GET /workspaces/${workspace}/`, undefined, test)).toMatchObject(
      ok('Workspace matching given parameters could not be found.'),
    );
  });
});

describe('jobs', () => {
  let job: number;
  beforeAll(async () => {
    job = await start(await create());
  });

  it.each(['/jobs/{job}/', '/jobs/?status=pending', '/jobs/'])('GET %s (56-58)', async (path) => {
    expect(await api.ask(`GET ${path.replace('{job}', String(job))}`, undefined, test)).toMatchObject(
      ok('Successful.'),
    );
  });

  it('PUT (59-63)', async () => {
    const stop = (which: number, word = 'stop') => api.ask(`PUT /jobs/${which}/${word}/`, undefined, test);
    expect(await stop(9999)).toMatchObject(refused(404, 'Job 9999 not found for user.'));
    expect(await stop(job, 'test')).toMatchObject(refused(400, 'Invalid PUT type passed.'));
    expect(await stop(job)).toMatchObject(ok('Successful stop.'));
    const launched = await start(await create());
    await changeJob(api.context, { userId: test.userId, jobId: launched }, () => ({ resourceJobId: 1 }));
    expect(await stop(launched)).toMatchObject(ok('Job queued to stop.'));
    await endJob(api.context, { userId: test.userId, jobId: launched }, { state: 'complete', coreHours: 0 });
    expect(await stop(launched)).toMatchObject(refused(400, 'This job is not running or pending.'));
    expect(await readJob(api.context, { userId: test.userId, jobId: launched })).toMatchObject({ state: 'complete' });
  });
});

describe('job types and parameters', () => {
  it('are public (64, 92)', async () => {
    const types = await api.ask('GET /job_types/');
    expect(types).toMatchObject(ok('Successful.'));
    expect(Object(types.body).data.job_types).toEqual({ test_job: { id: 'test_job', name: 'Test job' } });
    const parameters = await api.ask('GET /parameters/');
    expect(parameters).toMatchObject(ok('Successful.'));
    expect(Object(parameters.body).data.parameters).toEqual(exampleParameters);
  });
});

describe('shared workspaces', () => {
  let [original, copy, receiver, third]: [number, number, Person, Person] = [0, 0, test, test];

  const share = async (from: number, ids: unknown = [receiver.userId]) =>
    api.ask('POST /shared_workspaces/', { original_workspace_id: from, shared_user_ids: ids }, test);
  const copyIn = (body: unknown): number => Object(body).data.shared_workspaces[0].shared_workspace_id.id;

  beforeAll(async () => {
    receiver = await api.person('receiver');
    third = await api.person('third');
    original = await create(test, {
      workspace_details: { files: [{ name: 'a.txt', content: 'abc' }, { name: '.hidden' }] },
    });
    copy = copyIn((await share(original)).body);
  });

  it('GET (65-69)', async () => {
    for (const [path, as, found] of [
      [`/shared_workspaces/${copy}/`, test, true],
      [`/shared_workspaces/${copy}/`, receiver, true],
      ['/shared_workspaces/?is_accepted=False', test, true],
      ['/shared_workspaces/', test, true],
      ['/shared_workspaces/?is_accepted=True', test, false],
      [`/shared_workspaces/${copy}/`, third, false],
    ] as const) {
      const message = found ? 'Successful.' : 'Shared workspace matching given parameters could not be found.';
      expect(await api.ask(`GET ${path}`, undefined, as)).toMatchObject(ok(message));
    }
  });

  it('POST (70-78)', async () => {
    const post = (body: unknown) => api.ask('POST /shared_workspaces/', body, test);
    const others = await create(third);
    expect(await api.ask('GET /shared_workspaces/')).toMatchObject(refused(401));
    expect(await post({})).toMatchObject(refused(400, 'Missing required fields.'));
    expect(await post(undefined)).toMatchObject(refused(400));
    expect(await post({ shared_user_ids: [] })).toMatchObject(refused(400, 'Missing required fields.'));
    expect(await post({ original_workspace_id: id })).toMatchObject(refused(400, 'Missing required fields.'));
    expect(await share(others)).toMatchObject(refused(404, `Workspace ${others} not found for user.`));
    expect(await share(id, '')).toMatchObject(refused(400, 'shared_user_ids is not a list.'));
    expect(await share(id, [-9999])).toMatchObject(refused(400, 'Invalid user id provided.'));
    expect(await share(id, [receiver.userId, receiver.userId])).toMatchObject(
      refused(400, 'Invalid user id provided.'),
    );
    expect(await share(await create())).toMatchObject(ok('Successful.'));
  });

  it('are no workspaces until they are accepted (88-89)', async () => {
    const text = `Workspace ${copy} is a shared workspace and has not been accepted.`;
    expect(await api.ask(`PUT /workspaces/${copy}/`, { name: 'x' }, receiver)).toMatchObject(refused(400, text));
    expect(await api.ask(`DELETE /workspaces/${copy}/`, undefined, receiver)).toMatchObject(refused(400, text));
    expect(await api.ask(`GET /workspaces/${copy}/`, undefined, receiver)).toMatchObject(
      ok('Workspace matching given parameters could not be found.'),
    );
  });

  it('keep their original until they are accepted (90-91, 79-81)', async () => {
    const put = (which: number, word: string, as: Person) =>
      api.ask(`PUT /shared_workspaces/${which}/${word}`, undefined, as);
    expect(await api.ask(`DELETE /workspaces/${original}/`, undefined, test)).toMatchObject(
      refused(
        400,
        `Workspace ${original} has shared workspaces associated with it, that have not yet been accepted. Please cancel those shares to delete this workspace.`,
      ),
    );
    expect(await put(9999, 'test/', receiver)).toMatchObject(refused(404, 'Shared workspace 9999 not found.'));
    expect(await put(copy, 'test/', receiver)).toMatchObject(refused(400, 'Invalid PUT type passed.'));
    expect(await put(copy, 'accept/', test)).toMatchObject(refused(404, `Shared workspace ${copy} not found.`));
    expect(await put(copy, 'accept/', receiver)).toMatchObject(ok('Successful.'));
    expect(await put(copy, 'accept/', receiver)).toMatchObject(ok('Successful.'));
    const { body } = await api.ask(`GET /workspaces/${copy}/`, undefined, receiver);
    expect(Object(body).data.workspaces[0]).toMatchObject({
      status: 'idle',
      disk_space: 3,
      workspace_details: { current_workspace_details: { files: [{ name: '/a.txt' }] } },
    });
    expect(await api.ask(`DELETE /workspaces/${original}/`, undefined, test)).toMatchObject(
      ok(`Workspace ${original} queued for deletion.`),
    );
    const shares = await api.ask(`GET /shared_workspaces/${copy}/`, undefined, receiver);
    expect(Object(shares.body).data.shared_workspaces[0].original_workspace_id).toBeNull();
  });

  it('DELETE (82-87)', async () => {
    const remove = (which: number, as: Person) => api.ask(`DELETE /shared_workspaces/${which}/`, undefined, as);
    const shared = await create();
    const [first, second] = [copyIn((await share(shared)).body), copyIn((await share(shared)).body)];
    expect(await remove(9999, test)).toMatchObject(refused(404, 'Shared workspace 9999 not found.'));
    expect(await remove(copy, receiver)).toMatchObject(
      refused(400, `Shared workspace ${copy} has been accepted and cannot be deleted.`),
    );
    expect(await remove(first, third)).toMatchObject(
      refused(403, `User does not have permissions for shared workspace ${first}.`),
    );
    // 84: the copy could not be made.
    await breakWorkspace(first, receiver);
    expect(await remove(first, test)).toMatchObject(ok(`Shared workspace ${first} queued for deletion.`));
    expect(await remove(second, receiver)).toMatchObject(ok(`Shared workspace ${second} queued for deletion.`));
    expect(await remove(second, receiver)).toMatchObject(refused(404, `Shared workspace ${second} not found.`));
    expect(await api.ask(`DELETE /workspaces/${shared}/`, undefined, test)).toMatchObject(
      ok(`Workspace ${shared} queued for deletion.`),
    );
  });
});

describe('a request', () => {
  it.each([
    ['Bearer x', 'Invalid token provided.'],
    ['Token', 'Invalid auth header format.'],
    ['Token  two', 'Invalid auth header format.'],
    ['Token a b', 'Invalid auth header format.'],
  ])('with the header %j is refused, on public routes, too', async (header, message) => {
    const { send } = await import('../api/requests.ts');
    for (const path of ['/uws/workspaces/', '/uws/job_types/', '/uws/parameters/', '/uws/status/', '/uws/tokens/']) {
      const method = path === '/uws/tokens/' ? 'POST' : 'GET';
      const answer = await send(api.handler, { method, path, headers: { 'uws-authorization': header } });
      expect(answer).toMatchObject(refused(401, message));
      expect(answer.headers['www-authenticate']).toBe('Token');
    }
  });

  it('is answered in JSON by another method or path', async () => {
    expect(await api.ask('PATCH /workspaces/', {}, test)).toMatchObject(refused(405, 'Method "PATCH" not allowed.'));
    expect(await api.ask('GET /workspaces/abc/', undefined, test)).toMatchObject(refused(404));
    expect(await api.ask('GET /nothing/', undefined, test)).toMatchObject(refused(404));
    expect(await api.ask('GET /jobs/?workspace_id=abc', undefined, test)).toMatchObject(refused(400));
  });

  it.each(['', '/'])('is the same with the path ending in %j', async (end) => {
    expect(await api.ask(`GET /workspaces/${id}${end}`, undefined, test)).toMatchObject(ok('Successful.'));
  });
});
