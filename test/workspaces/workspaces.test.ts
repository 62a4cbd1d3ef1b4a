import { randomUUID } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { readJob } from '../../shared/workspaces/find.ts';
import { jobInputs } from '../../shared/workspaces/job-inputs.ts';
import { isSafeName } from '../../shared/workspaces/names.ts';
import { allWorkspaceRoutes } from '../../shared/workspaces/routes.ts';
import { sweep } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';
import { createWorkspacesApi, ok, type Person, refused, type WorkspacesApi } from './workspaces-fixture.ts';

let api: WorkspacesApi;
let bob: Person;

const fileId = '5f0e5f0e-0000-4000-8000-000000000001';

beforeEach(async () => {
  api = await createWorkspacesApi();
  bob = await api.researcher('bob', '1001');
  await api.deliver('1001', fileId);
});

const create = (symlinks: object[] = [], files: object[] = [], as = bob) =>
  api.ask('POST /workspaces', { name: 'n', description: '', workspace_details: { symlinks, files } }, as);

const viewOf = async (id: number, as = bob) => {
  const { body } = await api.ask(`GET /workspaces/${id}`, undefined, as);
  return Object(body).data.workspaces[0];
};

const idIn = (body: unknown): number => Object(body).data.workspace.id;

async function everything(): Promise<Record<string, unknown>[]> {
  const { db, tables } = api.context;
  return (await db.send(new ScanCommand({ TableName: tables.workspaces }))).Items ?? [];
}

async function objects(): Promise<string[]> {
  const { s3, name } = api.context.workspacesBucket;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: name }));
  return Contents.map(({ Key = '' }) => Key);
}

describe('a link', () => {
  it.each([
    { name: 'data/a.csv', source_path: `projects/1001/${fileId}` },
    { name: 'a', path: `projects/1001/${fileId}` },
    { name: 'a', source_path: `/projects/1001/files/${fileId.toUpperCase()}` },
    { name: 'datasets/x', dataset_uuid: fileId },
  ])('%j names a delivered file', async (link) => {
    const { status, body } = await create([link]);
    expect(status).toBe(200);
    expect(Object(body).data.workspace.workspace_details).toEqual({
      request_workspace_details: { files: [], symlinks: [link] },
      current_workspace_details: { files: [], symlinks: [{ name: `/${link.name}` }] },
    });
  });

  it('to what the caller may not see, or what does not exist, is answered alike, and leaves nothing', async () => {
    await api.deliver('1002', 'other');
    await api.deliver('1001', 'failed', { state: 'failed' });
    const before = await everything();
    for (const source_path of [
      'projects/1002/other',
      'projects/1001/other',
      'projects/1001/failed',
      'projects/1001/missing',
      '/etc/passwd',
      'projects/1001/../1002/other',
      '',
      'projects/1001/',
      `projects/1001/${'x'.repeat(2_100)}`.slice(0, 2_048),
    ]) {
      expect(await create([{ name: 'a', source_path }])).toMatchObject(
        refused(400, `Symlink path not found: ${source_path}`),
      );
    }
    expect(await create([{ name: 'a', dataset_uuid: 'other' }])).toMatchObject(
      refused(400, 'Symlink path not found: other'),
    );
    expect(await everything()).toEqual(before);
  });

  it('never lets files of two projects into one workspace', async () => {
    await api.deliver('1002', 'other');
    const operator = await api.person('eve', { permissions: ['operator'] });
    await api.researcher('anna', '1002');
    const first = { name: 'a', dataset_uuid: fileId };
    const second = { name: 'b', dataset_uuid: 'other' };
    expect(await create([first, second], [], operator)).toMatchObject(refused(400));
    const id = idIn((await create([], [], operator)).body);
    const put = (link: object) =>
      api.ask(`PUT /workspaces/${id}`, { workspace_details: { symlinks: [link] } }, operator);
    expect(await put(first)).toMatchObject(ok('Update successful.'));
    expect(await put(second)).toMatchObject(refused(400, 'Symlink path not found: other'));
  });
});

describe('a name', () => {
  it.each([
    ['/x', 'Invalid file path specified /x'],
    ['a/../../x', 'File name cannot contain double dots.'],
    ['a..b', 'File name cannot contain double dots.'],
    ['.', 'Invalid file path specified .'],
    ['a//b', 'Invalid file path specified a//b'],
    ['a/./b', 'Invalid file path specified a/./b'],
    ['', 'Invalid file path specified '],
    ['a\u0000b', 'Invalid file path specified a\u0000b'],
    ['a\\b', 'Invalid file path specified a\\b'],
    ['a\u202eb', 'Invalid file path specified a\u202eb'],
    ['x'.repeat(256), `Invalid file path specified ${'x'.repeat(256)}`],
  ])('%j is refused', async (name, message) => {
    expect(await create([], [{ name }])).toMatchObject(refused(400, message));
    expect(await create([{ name, dataset_uuid: fileId }])).toMatchObject(refused(400));
    expect(await everything()).toHaveLength(3);
  });

  it('that is taken stays below the folder that it is in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[./\\a]{0,8}$/)), (name) => {
        if (!isSafeName(name)) return;
        const path = new URL(name.split('/').map(encodeURIComponent).join('/'), 'file:///root/inside/').pathname;
        expect(path.startsWith('/root/inside/')).toBe(true);
        expect(name).not.toMatch(/^\/|\0/);
      }),
    );
  });

  it.each(['__proto__', 'constructor', 'a b/ç.txt', '.hidden', '-rf'])('%j is a name like others', async (name) => {
    const { body } = await create([], [{ name, content: 'x' }]);
    expect(Object(body).data.workspace.workspace_details.request_workspace_details.files).toEqual([{ name }]);
  });
});

describe('another person', () => {
  it('finds neither workspace nor job, and changes none', async () => {
    const anna = await api.researcher('anna', '1001');
    const id = idIn((await create()).body);
    await api.ask(`PUT /workspaces/${id}/start`, { job_type: 'test_job' }, bob);
    expect(await api.ask(`GET /workspaces/${id}`, undefined, anna)).toMatchObject({
      ...ok('Workspace matching given parameters could not be found.'),
      body: { data: { workspaces: [] } },
    });
    expect(await api.ask('GET /jobs/1', undefined, anna)).toMatchObject({
      ...ok('Job matching given parameters could not be found.'),
      body: { data: { jobs: [] } },
    });
    const text = `Workspace ${id} not found for user.`;
    expect(await api.ask(`PUT /workspaces/${id}`, {}, anna)).toMatchObject(refused(404, text));
    expect(await api.ask(`PUT /workspaces/${id}/start`, {}, anna)).toMatchObject(refused(404, text));
    expect(await api.ask(`DELETE /workspaces/${id}`, undefined, anna)).toMatchObject(refused(404, text));
    expect(await api.ask('PUT /jobs/1/stop', undefined, anna)).toMatchObject(refused(404, 'Job 1 not found for user.'));
  });

  it('gets the answer about none, whatever is asked about workspace, job or share, also as an operator', async () => {
    const [anna, op] = [await api.researcher('anna', '1001'), await api.person('op', { permissions: ['operator'] })];
    const workspace = idIn((await create([{ name: 'secret', dataset_uuid: fileId }])).body);
    await api.ask(`PUT /workspaces/${workspace}/start`, { job_type: 'test_job' }, bob);
    const body = { original_workspace_id: workspace, shared_user_ids: [bob.userId] };
    const { data } = Object((await api.ask('POST /shared_workspaces', body, bob)).body);
    const ids = { workspaces: workspace, jobs: 1, shared_workspaces: data.shared_workspaces[0].shared_workspace_id.id };
    const before = await everything();
    const answerTo = async (request: string, id: string, who: Person) => {
      const { status, body: sent } = await api.ask(request.replace('{id}', id), {}, who);
      return `${status} ${JSON.stringify(sent).replaceAll(id, 'ID')}`;
    };
    const requests = allWorkspaceRoutes.flatMap(({ method, path }) =>
      ['start', 'upload', 'stop', 'accept'].map((action) => `${method} ${path.slice(4).replace('{action}', action)}`),
    );
    // The answer to the last one is documented with a status of its own.
    const asked = new Set(requests.filter((each) => each.includes('{id}') && !each.startsWith('DELETE /shared')));
    for (const request of asked) {
      const [, kind = ''] = request.split('/');
      const id = String(Reflect.get(ids, kind));
      for (const who of [anna, op]) {
        expect(await answerTo(request, id, who), request).toBe(await answerTo(request, '987654', who));
      }
    }
    expect(await everything()).toEqual(before);
  });

  it('of the same name who comes later finds nothing', async () => {
    const id = idIn((await create()).body);
    api.clock.advance(1);
    const later = await api.person('bob');
    expect(later.userId).not.toBe(bob.userId);
    expect(await viewOf(id, later)).toBeUndefined();
  });

  it('gets a shared workspace only if every linked file is theirs to see', async () => {
    const [anna, carl] = [
      await api.researcher('anna', '1001'),
      await api.researcher('carl', '1002', { fname: 'Carl' }),
    ];
    await api.deliver('1001', 'second');
    const id = idIn((await create([{ name: 'a', dataset_uuid: fileId }])).body);
    const share = ({ userId }: Pick<Person, 'userId'>, original = id, by = bob) =>
      api.ask('POST /shared_workspaces', { original_workspace_id: original, shared_user_ids: [userId] }, by);
    const op = await api.person('op', { permissions: ['operator'] });
    const ofOp = idIn((await create([{ name: 'a', dataset_uuid: fileId }], [], op)).body);
    const text = 'User Carl  does not have permission on the file system.';
    expect(await share(carl, ofOp, op)).toMatchObject(refused(400, text));
    // A person whom the list of users hides from the sender has no name here either.
    expect(await share(carl)).toEqual(await share({ userId: 9_999 }));
    const { body } = await share(anna);
    expect(Object(body).data.shared_workspaces[0]).toMatchObject({
      original_workspace_id: { id, user_id: { username: 'bob' } },
      shared_workspace_id: { user_id: { username: 'anna' } },
      datetime_share_created: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
    });
    const users = await api.ask('GET /users', undefined, bob);
    expect(Object(users.body).data.users).toMatchObject([{ username: 'anna' }, { username: 'op' }]);
  });
});

describe('a share of a workspace that gets files of a project afterwards', () => {
  const own = [{ name: 'own.txt', content: 'own' }];
  const link = (dataset_uuid: string) => ({ workspace_details: { symlinks: [{ name: 'secret.csv', dataset_uuid }] } });
  const share = async (original_workspace_id: number, by: Person, to: Person) => {
    const body = { original_workspace_id, shared_user_ids: [to.userId] };
    const answer = await api.ask('POST /shared_workspaces', body, by);
    return { answer, copyId: Object(answer.body).data?.shared_workspaces[0].shared_workspace_id.id as number };
  };
  const listed = async (by: Person) => JSON.stringify((await api.ask('GET /shared_workspaces', undefined, by)).body);
  let op: Person;
  let carl: Person;
  let id: number;

  beforeEach(async () => {
    op = await api.person('op', { permissions: ['operator'] });
    carl = await api.researcher('carl', '1002');
    id = idIn((await create([], own, op)).body);
  });

  const bind = () => api.ask(`PUT /workspaces/${id}`, { name: 'Hearts', ...link(fileId) }, op);

  it('copies none of them for who may not see the project', async () => {
    api.outside.before = (call) => {
      if (call.name.includes('CopyObject')) throw new Error('crash');
    };
    const { copyId } = await share(id, op, carl);
    api.outside.heal();
    expect(await bind()).toMatchObject(ok('Update successful.'));
    await api.upload(`/workspaces/${id}/upload`, [['file', 'result.csv', 'secret']], op);
    api.clock.advance(120_000);
    await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
    expect(await api.ask(`PUT /shared_workspaces/${copyId}/accept`, undefined, carl)).toMatchObject(ok('Successful.'));
    const { status, workspace_details: details } = await viewOf(copyId, carl);
    expect({ status, files: details.current_workspace_details.files }).toEqual({ status: 'error', files: [] });
  });

  it('is not made for who may not see the project, however late the files come', async () => {
    let isBound = false;
    api.outside.before = async (call) => {
      // Right after the rights of the receiver were asked.
      if (isBound || !/Update/.test(call.name) || !JSON.stringify(call.input).includes('"counter"')) return;
      isBound = true;
      await bind();
    };
    const { answer } = await share(id, op, carl);
    expect(isBound).toBe(true);
    expect(answer).toMatchObject(refused(403, 'The receiver may not see the project any more.'));
    expect(await listed(carl)).not.toContain('own.txt');
  });

  it('shows nothing of it to the other one, who may not see the project', async () => {
    await share(id, op, carl);
    expect(await listed(carl)).toContain('own.txt');
    await bind();
    expect(await listed(carl)).not.toMatch(/secret|Hearts/);
    expect(await listed(op)).toContain('secret.csv');

    await api.deliver('1002', 'mine');
    const eve = await api.person('eve');
    const { copyId } = await share(idIn((await create([], own, eve)).body), eve, carl);
    await api.ask(`PUT /shared_workspaces/${copyId}/accept`, undefined, carl);
    expect(await api.ask(`PUT /workspaces/${copyId}`, link('mine'), carl)).toMatchObject(ok('Update successful.'));
    expect(await listed(eve)).not.toContain('secret');
    expect(await listed(carl)).toContain('secret.csv');
  });
});

describe('a share that is withdrawn', () => {
  it('cannot be accepted any more, although its removal has not ended', async () => {
    const anna = await api.researcher('anna', '1001');
    const id = idIn((await create([], [{ name: 'a', content: 'abc' }])).body);
    const share = async () => {
      const body = { original_workspace_id: id, shared_user_ids: [anna.userId] };
      const answer = await api.ask('POST /shared_workspaces', body, bob);
      return Object(answer.body).data.shared_workspaces[0].shared_workspace_id.id;
    };
    const copy = await share();
    api.outside.before = (call) => {
      if (call.name.includes('DeleteObjects')) throw new Error('crash');
    };
    expect(await api.ask(`DELETE /shared_workspaces/${copy}`, undefined, bob)).toMatchObject({ status: 200 });
    api.outside.heal();
    expect(await api.ask(`PUT /shared_workspaces/${copy}/accept`, undefined, anna)).toMatchObject(
      refused(404, `Shared workspace ${copy} not found.`),
    );
    await share();
    // Counted right, the next share protects the original.
    expect(await api.ask(`DELETE /workspaces/${id}`, undefined, bob)).toMatchObject(refused(400));
  });
});

describe('a share that is accepted and withdrawn at once', () => {
  it.each([
    ['withdrawn', 'accepted'],
    ['accepted', 'withdrawn'],
  ] as const)('is one of the two: %s between calls of the other', async (second, first) => {
    const anna = await api.researcher('anna', '1001');
    for (let call = 1; ; call++) {
      const original = idIn((await create()).body);
      const body = { original_workspace_id: original, shared_user_ids: [anna.userId] };
      const shared = Object((await api.ask('POST /shared_workspaces', body, bob)).body).data.shared_workspaces[0];
      const { id: copy } = shared.shared_workspace_id;
      const done: string[] = [];
      const ask = async (step: typeof first | typeof second) => {
        const isAccepted = step === 'accepted';
        const request = isAccepted ? `PUT /shared_workspaces/${copy}/accept` : `DELETE /shared_workspaces/${copy}`;
        if ((await api.ask(request, undefined, isAccepted ? anna : bob)).status === 200) done.push(step);
      };
      const at = api.outside.beforeCall(call, () => ask(second));
      await ask(first);
      api.outside.heal();
      if (!at()) break;
      expect(done, `call ${call}`).toHaveLength(1);
      const left = (await everything()).filter(({ state }) => state !== undefined);
      expect(left).toContainEqual(expect.objectContaining({ workspaceId: original, openShares: 0 }));
      expect(left.some(({ workspaceId }) => workspaceId === copy)).toBe(done[0] === 'accepted');
    }
  });
});

describe('what a job gets', () => {
  const inputsOf = async (jobId: number) => {
    const job = await readJob(api.context, { userId: bob.userId, jobId });
    if (!job) throw new Error('There is no job');
    return jobInputs(api.context, job);
  };
  const set = (table: string, Key: Record<string, string>, attribute: string, value: unknown) =>
    api.context.db.send(
      new UpdateCommand({
        TableName: table,
        Key,
        UpdateExpression: 'SET #a = :v',
        ExpressionAttributeNames: { '#a': attribute },
        ExpressionAttributeValues: { ':v': value },
      }),
    );

  it('are the files, and the links with the rights of the moment', async () => {
    await api.deliver('1001', 'second');
    const links = [
      { name: 'in/first', dataset_uuid: fileId },
      { name: 'in/second', dataset_uuid: 'second' },
    ];
    const id = idIn(
      (
        await create(links, [
          { name: 'run.sh', content: 'ls' },
          { name: 'in', content: 'no folder' },
        ])
      ).body,
    );
    await api.ask(`PUT /workspaces/${id}/start`, { job_type: 'test_job' }, bob);
    expect(api.started).toEqual([{ userId: bob.userId, jobId: 1 }]);
    await set(api.context.tables.files, { fileId: 'second' }, 'state', 'deleting');
    expect(await inputsOf(1)).toEqual([
      { path: 'in/first', bucket: 'files', key: `projects/1001/files/${fileId}`, size: 10, readOnly: true },
      expect.objectContaining({ path: 'run.sh', bucket: 'workspaces', size: 2, readOnly: false }),
    ]);
    const { accessIdentifier = '' } = bob.account;
    await set(api.context.tables.users, { accessIdentifier }, 'enabled', false);
    await expect(inputsOf(1)).rejects.toThrow('may not see the project any more');
    await set(api.context.tables.projects, { projectNo: '1001' }, 'state', 'deleting');
    await expect(inputsOf(1)).rejects.toThrow('The project is gone');
    await set(api.context.tables.accounts, { account: 'bob' }, 'accessDisabled', true);
    await expect(inputsOf(1)).rejects.toThrow('The account is blocked');
  });

  it('is nothing once the access is disabled: neither a workspace nor a job is made', async () => {
    const id = idIn((await create()).body);
    const { accessIdentifier = '' } = bob.account;
    await set(api.context.tables.users, { accessIdentifier }, 'enabled', false);
    const text = 'The access to the project is disabled.';
    expect(await api.ask(`PUT /workspaces/${id}/start`, { job_type: 'test_job' }, bob)).toMatchObject(
      refused(403, text),
    );
    expect(await create()).toMatchObject(refused(403, text));
    expect(api.started).toEqual([]);
  });

  it('is no workspace without a project while the access is being enabled', async () => {
    const { accessIdentifier = '' } = bob.account;
    const enable = (isEnabled: boolean) => set(api.context.tables.users, { accessIdentifier }, 'enabled', isEnabled);
    await enable(false);
    api.outside.before = async (call) => {
      if (!call.name.startsWith('TransactWrite')) return;
      api.outside.heal();
      await enable(true);
    };
    expect(await create()).toMatchObject(refused(403, 'The access to the project is disabled.'));
    api.outside.heal();
    await enable(true);
    expect(await create()).toMatchObject(ok('Successful.'));
  });
});

describe('a deletion', () => {
  it('leaves nothing of the workspace but the counters at zero', async () => {
    const names = Array.from({ length: 60 }, (_, index) => ({ name: `f/${index}`, content: 'x'.repeat(index) }));
    const links = Array.from({ length: 60 }, (_, index) => ({ name: `l/${index}`, dataset_uuid: fileId }));
    const id = idIn((await create(links, names)).body);
    expect(await viewOf(id)).toMatchObject({ disk_space: (59 * 60) / 2 });
    await api.ask(`DELETE /workspaces/${id}`, undefined, bob);
    // The project names it until what late requests have put is removed.
    const named = (await everything()).filter(({ item }) => /^(purge-)?workspace#/.test(String(item)));
    expect(named).toMatchObject([{ scope: 'project#1001', quietAt: expect.any(Number) }, { scope: 'work' }]);
    api.clock.advance(3 * 3_600_000);
    await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
    const left = (await everything()).map(({ item, diskSpace }) => [item, diskSpace]);
    expect(left.filter(([item]) => item === 'usage')).toEqual([
      ['usage', 0],
      ['usage', 0],
    ]);
    expect(left.filter(([item]) => /^(file|link|owner|workspace#|purge-)/.test(String(item)))).toEqual([]);
    expect(await objects()).toEqual([]);
  });

  it('that a crash interrupts is finished by the sweep', async () => {
    const id = idIn((await create([], [{ name: 'a', content: 'abc' }])).body);
    api.outside.before = (call) => {
      if (call.name.includes('DeleteObjects')) throw new Error('crash');
    };
    expect(await api.ask(`DELETE /workspaces/${id}`, undefined, bob)).toMatchObject({ status: 200 });
    expect(await viewOf(id)).toMatchObject({ status: 'deleting' });
    api.outside.heal();
    api.clock.advance(120_000);
    await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
    expect(await viewOf(id)).toBeUndefined();
    expect(await objects()).toEqual([]);
    api.clock.advance(3 * 3_600_000);
    await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
    expect((await everything()).filter(({ scope }) => scope === 'work')).toEqual([]);
  });

  it('removes a workspace whose creation has not ended', async () => {
    api.outside.before = (call) => {
      if (/PutObject|DeleteObject|ListObjects|Uploads/.test(call.name)) throw new Error('crash');
    };
    expect(await create([], [{ name: 'a', content: 'abc' }])).toMatchObject({ status: 500 });
    api.outside.heal();
    expect((await everything()).map(({ state }) => state)).toContain('deleting');
    api.clock.advance(3_600_000);
    await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
    expect((await everything()).map(({ state }) => state)).not.toContain('deleting');
  });
});

describe('a page', () => {
  it('goes on where the last one ended', async () => {
    for (let index = 0; index < 5; index++) await create();
    const seen: number[] = [];
    let before = '';
    do {
      const { body } = await api.ask(`GET /workspaces?limit=2${before}`, undefined, bob);
      const { workspaces, next } = Object(body).data;
      seen.push(...workspaces.map(({ id }: { id: number }) => id));
      before = next === undefined ? '' : `&before=${next}`;
    } while (before !== '');
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });
});

it('of names nothing is in a key of an object', async () => {
  const name = `secret-${randomUUID()}`;
  await create([], [{ name, content: 'x' }]);
  expect((await objects()).join()).not.toContain(name);
});

describe('a fault of S3', () => {
  /** S3 does what a command asks, and its answer is lost. */
  const loseAnswer = (command: string) => {
    api.outside.after = ({ name }) => {
      if (name === command) throw new Error('no answer');
    };
  };
  const details = (...contents: string[]) => contents.map((content, index) => ({ name: `file-${index}`, content }));
  const change = (id: number, ...contents: string[]) =>
    api.ask(`PUT /workspaces/${id}`, { workspace_details: { files: details(...contents) } }, bob);

  it('leaves nothing of files that were not all stored', async () => {
    const id = idIn((await create([], details('one'))).body);
    const before = await objects();
    loseAnswer('PutObjectCommand');
    expect(await change(id, 'two', 'three')).toMatchObject({ status: 500 });
    api.outside.heal();
    expect(await objects()).toEqual(before);
    expect(await viewOf(id)).toMatchObject({ disk_space: 3 });
  });

  it('leaves nothing of a copy that is begun anew', async () => {
    const id = idIn((await create([], details('one', 'two'))).body);
    const anna = await api.researcher('anna', '1001');
    loseAnswer('CopyObjectCommand');
    await api.ask('POST /shared_workspaces', { original_workspace_id: id, shared_user_ids: [anna.userId] }, bob);
    api.outside.heal();
    api.clock.advance(120_000);
    await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
    expect(await objects()).toHaveLength(4);
  });
});
