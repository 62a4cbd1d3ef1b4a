import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DeleteCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, expect, it } from 'vitest';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { readJob } from '../../shared/workspaces/find.ts';
import { removeOfGoneOwners } from '../../shared/workspaces/gone-owners.ts';
import { sweep } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';
import { createWorkspacesApi, type Person, type WorkspacesApi } from './workspaces-fixture.ts';

let api: WorkspacesApi;
let bob: Person;
let anna: Person;

beforeEach(async () => {
  api = await createWorkspacesApi();
  bob = await api.researcher('bob', '1001');
  anna = await api.researcher('anna', '1002');
  await api.deliver('1001', 'file');
});

/** A workspace with a file, a link of its project, and a job. */
async function createWithJob(): Promise<number> {
  const workspace_details = { symlinks: [{ name: 'a', dataset_uuid: 'file' }], files: [{ name: 'b', content: 'xyz' }] };
  const { body } = await api.ask('POST /workspaces', { name: 'n', description: '', workspace_details }, bob);
  const { id } = Object(body).data.workspace;
  await api.ask(`PUT /workspaces/${id}/start`, { job_type: 'test_job' }, bob);
  return id;
}

const rows = async (): Promise<Record<string, unknown>[]> =>
  (await api.context.db.send(new ScanCommand({ TableName: api.context.tables.workspaces }))).Items ?? [];

async function sweepOnce(): Promise<void> {
  await removeOfGoneOwners(api.context, Number.POSITIVE_INFINITY);
  await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
}

async function objects(): Promise<number> {
  const { s3, name } = api.context.workspacesBucket;
  return (await s3.send(new ListObjectsV2Command({ Bucket: name }))).KeyCount ?? 0;
}

const update = (TableName: string, Key: Record<string, string>, UpdateExpression: string, values: object) =>
  api.context.db.send(
    new UpdateCommand({ TableName, Key, UpdateExpression, ExpressionAttributeValues: { ...values } }),
  );

it('a project that is being deleted ends its jobs, then loses its workspaces, and no other does', async () => {
  await createWithJob();
  await api.ask('POST /workspaces', { name: 'other', description: '' }, anna);
  const id = { userId: bob.userId, jobId: 1 };
  await sweepOnce();
  expect(await readJob(api.context, id)).toMatchObject({ state: 'pending' });
  const { projects } = api.context.tables;
  await api.context.db.send(new DeleteCommand({ TableName: projects, Key: { projectNo: '1001' } }));

  await sweepOnce();
  expect(await readJob(api.context, id)).toMatchObject({
    state: 'stopping',
    current: { reason: 'The project is gone' },
  });
  expect(await objects()).toBe(1);
  await endJob(api.context, id, { state: 'complete', coreHours: 0 });
  await sweepOnce();
  expect(await objects()).toBe(0);
  // Another execution of the job's end may still put what it left.
  api.clock.advance(20 * 60_000);
  await sweepOnce();

  const left = await rows();
  expect(left.filter(({ scope }) => scope === 'project#1001')).toEqual([]);
  expect(left.filter(({ scope, item }) => scope === 'projects' && item === '1001')).toEqual([]);
  expect(left.filter(({ name }) => name === 'n')).toEqual([]);
  expect(left.filter(({ name }) => name === 'other')).toHaveLength(1);
});

it('a later project of the same number gets no workspace of the earlier one', async () => {
  await createWithJob();
  await endJob(api.context, { userId: bob.userId, jobId: 1 }, { state: 'complete', coreHours: 0 });
  api.clock.advance(1_000);
  await update(api.context.tables.projects, { projectNo: '1001' }, 'SET createdAt = :now', { ':now': api.clock.now() });
  await sweepOnce();
  expect((await rows()).filter(({ name }) => name === 'n')).toEqual([]);
});

it('a project keeps its workspaces, although the clock was ahead by which it was created', async () => {
  const ahead = api.clock.now() + 3_600_000;
  await update(api.context.tables.projects, { projectNo: '1001' }, 'SET createdAt = :ahead', { ':ahead': ahead });
  await createWithJob();
  await sweepOnce();
  expect((await rows()).filter(({ name, state }) => name === 'n' && state !== 'deleting')).toHaveLength(1);
});

it('the jobs of a blocked account end, and its workspaces stay', async () => {
  await createWithJob();
  await update(api.context.tables.accounts, { account: 'bob' }, 'SET accessDisabled = :true', { ':true': true });
  await sweepOnce();
  expect(await readJob(api.context, { userId: bob.userId, jobId: 1 })).toMatchObject({
    state: 'stopping',
    current: { reason: 'The account is blocked' },
  });
  expect(await objects()).toBe(1);
});

it('of an account that is gone nothing stays, and its shares are withdrawn', async () => {
  const id = await createWithJob();
  const carl = await api.researcher('carl', '1001');
  const share = { original_workspace_id: id, shared_user_ids: [carl.userId] };
  await api.ask('POST /shared_workspaces', share, bob);
  await endJob(api.context, { userId: bob.userId, jobId: 1 }, { state: 'complete', coreHours: 0 });
  await api.context.db.send(new DeleteCommand({ TableName: api.context.tables.accounts, Key: { account: 'bob' } }));
  await sweepOnce();
  api.clock.advance(120_000);
  await sweepOnce();
  expect(await objects()).toBe(0);
  const scopes = (await rows()).map(({ scope }) => String(scope));
  expect(scopes.filter((scope) => scope.startsWith('workspace#'))).toEqual([]);
  expect(scopes).not.toContain(`user#${String(bob.userId).padStart(12, '0')}`);
  const { body } = await api.ask('GET /shared_workspaces', undefined, carl);
  expect(Object(body).data).toEqual({ original_workspaces: [], shared_workspaces: [] });
});
