import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { getItem } from '../../shared/platform/dynamodb.ts';
import { changeJob } from '../../shared/workspaces/change-job.ts';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { readJob, readWorkspace } from '../../shared/workspaces/find.ts';
import { coreHoursOf, hasEnded, type JobState, jobStates, mayBecome } from '../../shared/workspaces/job-state.ts';
import { type Holder, usageKey } from '../../shared/workspaces/keys.ts';
import type { UsageRow } from '../../shared/workspaces/rows.ts';
import {
  createWorkspacesApi,
  exampleConfiguration,
  ok,
  type Person,
  refused,
  type WorkspacesApi,
} from './workspaces-fixture.ts';

let api: WorkspacesApi;
let people = 0;

beforeAll(async () => {
  const limits = { user: { max_concurrent_jobs: 3, max_core_hours: 20, max_disk_space: 100 } };
  api = await createWorkspacesApi({ ...exampleConfiguration, limits });
});

const usageOf = async (holder: Holder): Promise<Partial<UsageRow>> => {
  const { db, tables } = api.context;
  const { Item = {} } = await db.send(new GetCommand({ TableName: tables.workspaces, Key: usageKey(holder) }));
  return Item;
};

async function newWorkspace(): Promise<{ person: Person; workspaceId: number; projectNo: string }> {
  people += 1;
  const projectNo = `10${people}`;
  const person = await api.researcher(`person-${people}`, projectNo);
  const { body } = await api.ask('POST /workspaces', { name: 'n', description: '' }, person);
  return { person, workspaceId: Object(body).data.workspace.id, projectNo };
}

const start = (workspaceId: number, person: Person, resource_options: object = {}) =>
  api.ask(`PUT /workspaces/${workspaceId}/start`, { job_type: 'test_job', resource_options }, person);

describe('of many starts at once', () => {
  it('no more go through than a user may have jobs, and each end gives back once', async () => {
    const { person, workspaceId, projectNo } = await newWorkspace();
    const answers = await Promise.all(Array.from({ length: 8 }, () => start(workspaceId, person)));
    const started = answers.flatMap(({ status, body }) => (status === 200 ? Number(Object(body).data.job.id) : []));
    expect(started).toHaveLength(3);
    expect(answers.filter(({ status }) => status !== 200)).toEqual(
      Array.from({ length: 5 }, () =>
        expect.objectContaining(
          refused(
            422,
            "Invalid resource options found: ['max_concurrent_jobs: the user has 3 active jobs, one more is above maximum of 3.']",
          ),
        ),
      ),
    );
    const reserved = 3 * coreHoursOf(1, 180 * 60_000);
    expect(await usageOf({ userId: person.userId })).toMatchObject({ activeJobs: 3, coreHours: reserved });
    expect(await usageOf({ projectNo })).toMatchObject({ activeJobs: 3, coreHours: reserved });
    const ends = started.flatMap((jobId) =>
      Array.from({ length: 3 }, () =>
        endJob(api.context, { userId: person.userId, jobId }, { state: 'complete', coreHours: 7 }),
      ),
    );
    await Promise.all(ends);
    const counted = { activeJobs: 0, coreHours: 21, usedCoreHours: 21 };
    expect(await usageOf({ userId: person.userId })).toMatchObject(counted);
    expect(await usageOf({ projectNo })).toMatchObject(counted);
    expect(await readWorkspace(api.context, { userId: person.userId, workspaceId })).toMatchObject({ activeJobs: 0 });
    const jobs = await api.ask('GET /jobs', undefined, person);
    expect(Object(jobs.body).data.jobs[0]).toMatchObject({ status: 'complete', core_hours: '0.00007' });
  });
});

describe('a start', () => {
  it('is refused when its time limit would take more core hours than are left', async () => {
    const { person, workspaceId } = await newWorkspace();
    expect(await start(workspaceId, person, { num_cpus: 3, time_limit_min: 360 })).toMatchObject(
      ok('Successful start.'),
    );
    expect(await start(workspaceId, person, { num_cpus: 1, time_limit_min: 180 })).toMatchObject(
      refused(
        422,
        "Invalid resource options found: ['max_core_hours: the user has used or reserved 18.00 core hours, 3.00 more are above maximum of 20.00.']",
      ),
    );
    expect(await start(workspaceId, person, { num_cpus: 1, time_limit_min: 120 })).toMatchObject(
      ok('Successful start.'),
    );
  });

  it('has the limits of its user and project in place of the general ones', async () => {
    const { person, workspaceId, projectNo } = await newWorkspace();
    const { db, tables } = api.context;
    await db.send(
      new PutCommand({ TableName: tables.workspaces, Item: { ...usageKey({ projectNo }), maxConcurrentJobs: 0 } }),
    );
    expect(await start(workspaceId, person)).toMatchObject(
      refused(
        422,
        `Invalid resource options found: ['max_concurrent_jobs: project ${projectNo} has 0 active jobs, one more is above maximum of 0.']`,
      ),
    );
  });
});

describe('disk space', () => {
  it('of a workspace counts for the project that it becomes one of, within its limits', async () => {
    const { ask, context, deliver, person, researcher } = await createWorkspacesApi({
      ...exampleConfiguration,
      limits: { project: { max_disk_space: 8 } },
    });
    await researcher('ann', '1001');
    const operator = await person('root', { permissions: ['operator'] });
    const { fileId } = await deliver('1001', 'f');
    const workspace_details = { symlinks: [{ name: 'link', dataset_uuid: fileId }] };
    const spaceOf = async (holder: Holder) =>
      (await getItem<UsageRow>(context.db, context.tables.workspaces, usageKey(holder)))?.diskSpace ?? 0;
    const create = async (content: string) => {
      const details = { files: [{ name: 'own', content }] };
      const { body } = await ask(
        'POST /workspaces',
        { name: 'n', description: '', workspace_details: details },
        operator,
      );
      return Number(Object(body).data.workspace.id);
    };
    const id = await create('12345');
    expect(await spaceOf({ projectNo: '1001' })).toBe(0);
    expect(await ask(`PUT /workspaces/${id}`, { workspace_details }, operator)).toMatchObject(ok('Update successful.'));
    expect(await spaceOf({ projectNo: '1001' })).toBe(5);
    expect(await ask(`PUT /workspaces/${await create('1234')}`, { workspace_details }, operator)).toMatchObject(
      refused(
        422,
        "Workspace limits exceeded: ['max_disk_space: project 1001 has used 5 bytes, 4 more are above maximum of 8.']",
      ),
    );
    await ask(`DELETE /workspaces/${id}`, undefined, operator);
    expect(await spaceOf({ projectNo: '1001' })).toBe(0);
    expect(await spaceOf({ userId: operator.userId })).toBe(4);
  });

  it('of a file that is put while its workspace becomes one of a project counts for the project', async () => {
    const { ask, context, deliver, outside, person, researcher, upload } =
      await createWorkspacesApi(exampleConfiguration);
    await researcher('ann', '1001');
    const operator = await person('root', { permissions: ['operator'] });
    const { fileId } = await deliver('1001', 'f');
    const { body } = await ask('POST /workspaces', { name: 'n', description: '' }, operator);
    const id = Number(Object(body).data.workspace.id);
    const workspace_details = { symlinks: [{ name: 'link', dataset_uuid: fileId }] };
    outside.before = async ({ name }) => {
      if (!/TransactWrite/.test(name)) return;
      outside.heal();
      await ask(`PUT /workspaces/${id}`, { workspace_details }, operator);
    };
    await upload(`/workspaces/${id}/upload`, [['file', 'own', '12345']], operator);
    const row = await getItem<UsageRow>(context.db, context.tables.workspaces, usageKey({ projectNo: '1001' }));
    expect(row).toMatchObject({ diskSpace: 5 });
  });

  it('is why a workspace is not created, although what S3 has of it cannot be removed now', async () => {
    const { ask, outside, person } = await createWorkspacesApi({
      ...exampleConfiguration,
      limits: { user: { max_disk_space: 1 } },
    });
    const ann = await person('ann');
    outside.before = ({ name }) => {
      if (/List(ObjectsV2|MultipartUploads)/.test(name)) throw new Error('S3 fails');
    };
    const files = [{ name: 'own', content: '12345' }];
    const body = { name: 'n', description: '', workspace_details: { files } };
    expect(await ask('POST /workspaces', body, ann)).toMatchObject(refused(422));
  });

  it('is counted as files change, and is never more than the limit', async () => {
    const { person, workspaceId, projectNo } = await newWorkspace();
    const put = (files: object[]) =>
      api.ask(`PUT /workspaces/${workspaceId}`, { workspace_details: { files } }, person);
    const file = (name: string, size: number) => ({ name, content: 'x'.repeat(size) });
    expect(await put([file('a', 60), file('b', 30)])).toMatchObject(ok('Update successful.'));
    expect(await put([file('c', 20)])).toMatchObject(
      refused(
        422,
        "Workspace limits exceeded: ['max_disk_space: the user has used 90 bytes, 20 more are above maximum of 100.']",
      ),
    );
    expect(await put([file('a', 10), file('c', 60)])).toMatchObject(ok('Update successful.'));
    expect(await usageOf({ userId: person.userId })).toMatchObject({ diskSpace: 100 });
    expect(await usageOf({ projectNo })).toMatchObject({ diskSpace: 100 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => put([file('a', 5), file('b', 20)])));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 200));
    expect(await usageOf({ projectNo })).toMatchObject({ diskSpace: 85 });
    await api.ask(`DELETE /workspaces/${workspaceId}`, undefined, person);
    expect(await usageOf({ projectNo })).toMatchObject({ diskSpace: 0 });
  });
});

describe('the states of a job', () => {
  it('never go back, in whatever order reports come', async () => {
    const { person, workspaceId } = await newWorkspace();
    const { body } = await start(workspaceId, person);
    const id = { userId: person.userId, jobId: Number(Object(body).data.job.id) };
    const stateOf = async () => (await readJob(api.context, id))?.state;
    await changeJob(api.context, id, () => ({ state: 'running' }));
    expect(await readJob(api.context, id)).toMatchObject({ state: 'running', metrics: { time_pending: 0 } });
    await changeJob(api.context, id, () => ({ state: 'stopping' }));
    await changeJob(api.context, id, () => ({ state: 'running', current: { message: 'late' } }));
    expect(await readJob(api.context, id)).toMatchObject({ state: 'stopping', current: { message: 'late' } });
    await endJob(api.context, id, { state: 'failed', coreHours: 0, exitCode: 3, reason: 'no memory' });
    await endJob(api.context, id, { state: 'complete', coreHours: 9 });
    await changeJob(api.context, id, () => ({ state: 'running' }));
    expect(await stateOf()).toBe('failed');
    expect(await readJob(api.context, id)).toMatchObject({
      coreHours: 0,
      current: { exit_code: 3, reason: 'no memory' },
    });
  });

  it('end once, and do not leave stopping but to end', () => {
    const state = fc.constantFrom<JobState>(...jobStates);
    fc.assert(
      fc.property(fc.array(state), (reports) => {
        const seen: JobState[] = ['pending'];
        for (const next of reports) if (mayBecome(seen.at(-1) ?? 'pending', next)) seen.push(next);
        const ended = seen.findIndex(hasEnded);
        if (ended >= 0) expect(new Set(seen.slice(ended)).size).toBe(1);
        const stopping = seen.indexOf('stopping');
        if (stopping >= 0) expect(seen.slice(stopping)).not.toContain('running');
      }),
    );
  });
});
