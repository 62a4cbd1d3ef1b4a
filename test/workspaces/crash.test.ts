import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { removeOfGoneOwners } from '../../shared/workspaces/gone-owners.ts';
import { sweep } from '../../shared/workspaces/work.ts';
import { workHandlers } from '../../shared/workspaces/work-handlers.ts';
import { createWorkspacesApi, type Person, type WorkspacesApi } from './workspaces-fixture.ts';

interface World {
  api: WorkspacesApi;
  bob: Person;
  anna: Person;
  /** A workspace with files, and one with a job. */
  filled: number;
  working: number;
}

const details = (...names: string[]) => ({
  symlinks: [{ name: 'link', dataset_uuid: 'file' }],
  files: names.map((name) => ({ name, content: name })),
});

async function createWorld(): Promise<World> {
  const api = await createWorkspacesApi();
  const [bob, anna] = [await api.researcher('bob', '1001'), await api.researcher('anna', '1001')];
  await api.deliver('1001', 'file');
  const create = async () => {
    const body = { name: 'n', description: '', workspace_details: details('one', 'two') };
    return Object((await api.ask('POST /workspaces', body, bob)).body).data.workspace.id;
  };
  const [filled, working] = [await create(), await create()];
  await api.ask(`PUT /workspaces/${working}/start`, { job_type: 'test_job' }, bob);
  return { api, bob, anna, filled, working };
}

const requests: Record<string, (world: World) => Promise<unknown>> = {
  'a creation': ({ api, bob }) =>
    api.ask('POST /workspaces', { name: 'new', description: '', workspace_details: details('a', 'b', 'c') }, bob),
  'a change of files': ({ api, bob, filled }) =>
    api.ask(`PUT /workspaces/${filled}`, { name: 'other', workspace_details: details('one', 'three') }, bob),
  'a start': ({ api, bob, filled }) => api.ask(`PUT /workspaces/${filled}/start`, { job_type: 'test_job' }, bob),
  'an end': ({ api, bob }) =>
    endJob(api.context, { userId: bob.userId, jobId: 1 }, { state: 'complete', coreHours: 3 }).catch(() => {}),
  'a deletion': ({ api, bob, filled }) => api.ask(`DELETE /workspaces/${filled}`, undefined, bob),
  'a share': ({ api, bob, anna, filled }) =>
    api.ask('POST /shared_workspaces', { original_workspace_id: filled, shared_user_ids: [anna.userId] }, bob),
};

type Row = Record<string, unknown>;

async function rowsOf({ api }: World): Promise<Row[]> {
  return (await api.context.db.send(new ScanCommand({ TableName: api.context.tables.workspaces }))).Items ?? [];
}

const sum = (rows: readonly Row[], attribute: string): number =>
  rows.reduce((total, row) => total + Number(row[attribute] ?? 0), 0);

/** Counters are the sums of what they count, and nothing belongs to a workspace that does not exist. */
function checkRows(rows: readonly Row[]): void {
  const beginning = (prefix: string) => rows.filter(({ item }) => String(item).startsWith(prefix));
  const workspaces = rows.filter(({ activeJobs, name }) => activeJobs !== undefined && name !== undefined);
  const jobs = rows.filter(({ reservedCoreHours }) => reservedCoreHours !== undefined);
  const active = jobs.filter(({ state }) => state === 'pending');
  const reserved = jobs.map((job) => Number(active.includes(job) ? job.reservedCoreHours : job.coreHours));
  for (const scope of ['user#', 'project#']) {
    const usage = beginning('usage').filter((row) => String(row.scope).startsWith(scope));
    expect(sum(usage, 'diskSpace')).toBe(sum(workspaces, 'diskSpace'));
    expect(sum(usage, 'activeJobs')).toBe(active.length);
    expect(sum(usage, 'coreHours')).toBe(reserved.reduce((total, hours) => total + hours, 0));
  }
  for (const workspace of workspaces) {
    const scope = `workspace#${String(workspace.workspaceId).padStart(12, '0')}`;
    const files = beginning('file#').filter((row) => row.scope === scope);
    expect(sum(files, 'size')).toBe(workspace.diskSpace);
    expect(active.filter((job) => job.workspaceId === workspace.workspaceId)).toHaveLength(
      Number(workspace.activeJobs),
    );
    expect(workspace.state).toBe('idle');
  }
  const owners = new Set(beginning('owner').map(({ scope }) => scope));
  expect(owners.size).toBe(workspaces.length);
  for (const { scope } of beginning('file#').concat(beginning('link#'))) expect(owners).toContain(scope);
}

/** Does what is left, until nothing is. */
async function recover({ api }: World): Promise<void> {
  for (let hour = 0; hour < 4; hour++) {
    api.clock.advance(3_600_000);
    await removeOfGoneOwners(api.context, Number.POSITIVE_INFINITY);
    await sweep(api.context, workHandlers, Number.POSITIVE_INFINITY);
  }
}

describe.each(Object.entries(requests))('%s that ends at any of its calls', (_name, request) => {
  it.each(['before', 'after'] as const)(
    '%s it took effect leaves counters and rows whole',
    async (when) => {
      for (let call = 1, crashed = true; crashed; call++) {
        const world = await createWorld();
        const hasCrashed = world.api.outside.crashAt(call, when);
        await request(world);
        crashed = hasCrashed();
        world.api.outside.heal();
        await recover(world);
        const rows = await rowsOf(world);
        checkRows(rows);
        const pending = rows.filter(({ jobId, state }) => jobId !== undefined && state === 'pending');
        const started = new Set(world.api.started.map(({ jobId }) => jobId));
        for (const { jobId } of pending) expect(started).toContain(jobId);
      }
    },
    120_000,
  );
});
