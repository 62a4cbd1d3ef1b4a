import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { readAccount } from '../../shared/accounts/account.ts';
import { TransientError } from '../../shared/platform/errors.ts';
import { readConfiguration } from '../../shared/workspaces/configuration.ts';
import type { WorkspacesContext } from '../../shared/workspaces/context.ts';
import { copyWorkspace } from '../../shared/workspaces/copy-workspace.ts';
import { createWorkspace } from '../../shared/workspaces/create-workspace.ts';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { readJob, readWorkspace } from '../../shared/workspaces/find.ts';
import { checkMayRun } from '../../shared/workspaces/job-inputs.ts';
import type { JobRow } from '../../shared/workspaces/rows.ts';
import { shareWorkspace } from '../../shared/workspaces/shares.ts';
import { startJob } from '../../shared/workspaces/start-job.ts';
import { viewerOf, type WorkspaceViewer } from '../../shared/workspaces/users.ts';
import { create, disable, enable, grant, play, remove, revoke, send } from '../support/messages.ts';
import { useWorlds } from '../support/setup.ts';
import { minute, type World } from '../support/world.ts';

const newWorld = useWorlds();

/** Work on workspaces at the tables of a world, whose bucket has the workspaces, too. */
const contextOf = ({ context, s3, filesBucket, tables }: World): WorkspacesContext => ({
  ...context,
  tables: { ...context.tables, ...tables },
  workspacesBucket: { s3, name: filesBucket },
  configuration: readConfiguration({}),
  jobs: { start: async () => {}, stop: async () => {} },
  jobsUrl: '',
});

interface Started {
  context: WorkspacesContext;
  job: JobRow;
}

async function viewerFor(world: World, access: string): Promise<WorkspaceViewer> {
  const context = contextOf(world);
  const user = await world.rows.user(access);
  const account = await readAccount(context.db, context.tables.accounts, user?.loginName ?? '');
  if (!account) throw new Error('There is no account');
  return viewerOf(context, account);
}

/** A workspace of the person with an access, with a file and a running job. */
async function startFor(world: World, access: string): Promise<Started> {
  const context = contextOf(world);
  const viewer = await viewerFor(world, access);
  const { workspaceId } = await createWorkspace(context, viewer, {
    name: 'n',
    description: '',
    projectNo: viewer.projectNo,
    links: [],
    files: [{ name: 'notes', bytes: Buffer.from('notes') }],
  });
  const needs = { cores: 1, memoryMb: 1_024, timeLimitMinutes: 60, gpu: false };
  const outcome = await startJob(context, viewer, workspaceId, {
    ...needs,
    jobType: 'batch',
    resource: 'here',
    jobDetails: {},
    resourceOptions: {},
  });
  if (outcome.kind !== 'started') throw new Error(outcome.kind);
  return { context, job: outcome.job };
}

/** Lets the job run, as its launch does. */
const run = ({ context, job }: Started) => checkMayRun(context, job);

/** Lets time pass, with polls some minutes apart. */
async function pass(world: World, polls: number, minutes = 1): Promise<void> {
  for (let passed = 0; passed < polls; passed++) {
    world.clock.advance(minutes * minute);
    await world.poll();
    await world.work();
  }
}

const end = ({ context, job }: Started) => endJob(context, job, { state: 'complete', coreHours: 0 });

async function keysOf(world: World): Promise<string[]> {
  const list = new ListObjectsV2Command({ Bucket: world.filesBucket, Prefix: 'workspaces/' });
  return ((await world.context.s3.send(list)).Contents ?? []).map(({ Key = '' }) => Key);
}

const rowsOf = (world: World) => world.rows.all<{ scope: string; item: string; projectNo?: string }>('workspaces');

/** Rows of workspaces that are about a project or a workspace. */
const left = async (world: World) =>
  (await rowsOf(world)).filter(
    ({ scope, item, projectNo }) =>
      projectNo !== undefined || /^(project|workspace|job)#/.test(scope) || /^(workspace|job)#/.test(item),
  );

describe('a message that revokes an access', () => {
  it.each([
    ['DisableProjectAccess', disable('a')],
    ['DeleteProjectAccess', revoke('a')],
  ])('%s stops the running jobs of its person at once, and no others', async (_, message) => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    const [own, other] = [await startFor(world, 'a'), await startFor(world, 'b')];
    await run(own);
    await run(other);
    await send(world, message);
    await pass(world, 1);
    expect(await readJob(own.context, own.job)).toMatchObject({
      state: 'stopping',
      current: { reason: 'Statistics Denmark has revoked the access' },
    });
    expect(world.stops.jobs).toEqual([own.job.jobId]);
    expect(await readJob(other.context, other.job)).toMatchObject({ state: 'pending' });
    await expect(run(own)).rejects.toThrow(/gone|blocked/);
  });

  it('finds a workspace that is made at the very moment, or has it refused', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    let isDone = false;
    world.outside.before = async ({ name, input }) => {
      if (isDone || name !== 'TransactWriteItemsCommand' || !JSON.stringify(input).includes('accessDisabled')) return;
      isDone = true;
      started = await startFor(world, 'a');
    };
    let started: Started | undefined;
    await play(world, disable('a'));
    expect(started && (await readJob(started.context, started.job))).toMatchObject({ state: 'stopping' });
    await expect(startFor(world, 'a')).rejects.toThrow('disabled');
  });

  it('finds a job that begins to run at the very moment', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const started = await startFor(world, 'a');
    let isDone = false;
    world.outside.before = async ({ name, input }) => {
      if (isDone || name !== 'TransactWriteItemsCommand' || !JSON.stringify(input).includes('accessDisabled')) return;
      isDone = true;
      await run(started);
    };
    await play(world, disable('a'));
    expect(await readJob(started.context, started.job)).toMatchObject({ state: 'stopping' });
  });

  it('stops jobs again after a crash or a failure, before the access is enabled again', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const started = await startFor(world, 'a');
    await run(started);
    world.stops.error = new TransientError('Step Functions gives no answer');
    const [disabling = '', enabling = ''] = await play(world, disable('a'), enable('a'));
    expect(await world.rows.states()).toMatchObject({ [disabling]: 'applying', [enabling]: 'open' });
    expect(await world.rows.user('a')).toMatchObject({ enabled: false });
    world.stops.error = undefined;
    world.clock.advance(10 * minute);
    await world.run();
    expect(await world.rows.states()).toMatchObject({ [disabling]: 'marked', [enabling]: 'marked' });
    expect(world.stops.jobs).toEqual([started.job.jobId]);
  });

  it('needs no look at workspaces of people who have none', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    const seen: string[] = [];
    world.outside.before = async ({ input }) => {
      if (JSON.stringify(input ?? '').includes(world.tables.workspaces)) seen.push(JSON.stringify(input));
    };
    await play(world, disable('a'), revoke('b'));
    expect(seen).toEqual([]);
  });
});

describe('the deletion of an access', () => {
  it('waits for the end of jobs, and leaves nothing of the workspaces of its person, and all of others', async () => {
    const world = await newWorld({ maxAttempts: 3 });
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    const [own, other] = [await startFor(world, 'a'), await startFor(world, 'b')];
    const [messageId = ''] = await send(world, revoke('a'));
    const state = async () => (await world.rows.message(messageId)).state;
    await pass(world, 5);
    expect(await world.rows.user('a')).toBeUndefined();
    expect(await readJob(own.context, own.job)).toMatchObject({ state: 'stopping' });
    expect(await keysOf(world)).toHaveLength(2);
    expect(await state()).toBe('applied');

    await end(own);
    await pass(world, 2);
    expect(await keysOf(world)).toHaveLength(1);
    const late = `workspaces/${own.job.workspaceId}/files/late`;
    await world.s3.send(new PutObjectCommand({ Bucket: world.filesBucket, Key: late, Body: 'x' }));
    await pass(world, 12);
    expect(await state()).toBe('applied');
    await pass(world, 5);
    expect(await state()).toBe('marked');
    expect(await world.rows.message(messageId)).not.toHaveProperty('revokedUser');
    expect((await keysOf(world)).map((key) => key.split('/')[1])).toEqual([`${other.job.workspaceId}`]);
    const rows = await left(world);
    expect(rows.filter(({ scope, item }) => /(workspace|job)#0+1$/.test(`${scope} ${item}`))).toEqual([]);
    expect(await readJob(other.context, other.job)).toMatchObject({ state: 'pending' });
    expect(rows.filter(({ scope }) => scope === 'project#p')).toMatchObject([
      { item: 'usage', activeJobs: 1 },
      { item: expect.stringMatching(/^workspace#0+2$/) },
    ]);
  });

  it('lets nothing else of the project wait for it', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    await startFor(world, 'a');
    const [revocation = '', ...others] = await send(
      world,
      ...[revoke('a'), grant('p', 'b'), grant('p', 'a'), revoke('a')],
    );
    await pass(world, 2);
    const states = await world.rows.states();
    expect(states[revocation]).toBe('applied');
    expect(others.map((id) => states[id])).toEqual(['marked', 'marked', 'marked']);
  });

  it('keeps no later message of its line, when the access is created anew elsewhere', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), create('q'));
    await startFor(world, 'a');
    const [revocation = ''] = await send(world, revoke('a'), grant('q', 'a'));
    await pass(world, 2);
    expect((await world.rows.message(revocation)).state).toBe('applied');
    const [later = ''] = await send(world, disable('a'));
    await pass(world, 1);
    expect(await world.rows.message(later)).toMatchObject({ line: 'project#q', state: 'marked' });
  });

  it('leaves what is not removed yet to the deletion of the project', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'));
    const started = await startFor(world, 'a');
    const [revocation = '', deletion = ''] = await send(world, revoke('a'), remove('p'));
    await pass(world, 2);
    expect(await world.rows.states()).toMatchObject({ [revocation]: 'marked', [deletion]: 'applying' });
    await end(started);
    await pass(world, 20);
    expect(await world.rows.states()).toMatchObject({ [deletion]: 'marked' });
    expect(await keysOf(world)).toEqual([]);
  });

  it('removes what others shared with its person, and withdraws what nobody has accepted', async () => {
    const world = await newWorld();
    await play(world, create('p'), grant('p', 'a'), grant('p', 'b'));
    const [own, other] = [await startFor(world, 'a'), await startFor(world, 'b')];
    const [person, colleague] = [await viewerFor(world, 'a'), await viewerFor(world, 'b')];
    const received = await shareWorkspace(other.context, colleague, other.job.workspaceId, person);
    const sent = await shareWorkspace(own.context, person, own.job.workspaceId, colleague);
    for (const { copyId, receiverId } of [received, sent]) {
      await copyWorkspace(own.context, { workspaceId: copyId, userId: receiverId });
    }
    await end(own);
    const [messageId = ''] = await send(world, revoke('a'));
    await pass(world, 20);
    expect(await world.rows.message(messageId)).toMatchObject({ state: 'marked' });
    const workspaces = [other.job.workspaceId, sent.copyId];
    expect((await keysOf(world)).map((key) => Number(key.split('/')[1])).toSorted()).toEqual(workspaces.toSorted());
    expect(await readWorkspace(own.context, { userId: colleague.userId, workspaceId: sent.copyId })).toMatchObject({
      state: 'deleting',
    });
  });

  it('tells people of a job that does not end, without holding up the project', async () => {
    const world = await newWorld({ maxAttempts: 2 });
    await play(world, create('p'), grant('p', 'a'));
    const { job } = await startFor(world, 'a');
    const [messageId = ''] = await send(world, revoke('a'));
    await pass(world, 9, 9);
    expect(await world.rows.message(messageId)).toMatchObject({ state: 'held', heldFrom: 'applied' });
    expect(await world.rows.incidents()).toMatchObject([
      { kind: 'attempts-used-up', found: expect.stringContaining(`they were stopped: ${job.jobId}`) },
    ]);
    const [granted = ''] = await play(world, grant('p', 'a'));
    expect(await world.rows.message(granted)).toMatchObject({ state: 'marked' });
  });
});

describe('the deletion of a project', () => {
  it('stops its jobs, waits for their end, and leaves nothing of its workspaces', async () => {
    const world = await newWorld({ maxAttempts: 3 });
    await play(world, create('p'), grant('p', 'a'), create('q'), grant('q', 'b'));
    const [own, other] = [await startFor(world, 'a'), await startFor(world, 'b')];
    const [messageId = ''] = await send(world, remove('p'));
    const state = async () => (await world.rows.message(messageId)).state;
    await pass(world, 1);
    expect(await state()).toBe('applying');
    expect(await world.rows.user('a')).toBeUndefined();
    expect(await readJob(own.context, own.job)).toMatchObject({ state: 'stopping' });
    expect(world.stops.jobs).toEqual([own.job.jobId]);
    await pass(world, 5);
    expect(await keysOf(world)).toHaveLength(2);

    await end(own);
    await pass(world, 2);
    expect(await keysOf(world)).toHaveLength(1);
    // Another execution of the job's end puts this late.
    const late = `workspaces/${own.job.workspaceId}/files/late`;
    await world.s3.send(new PutObjectCommand({ Bucket: world.filesBucket, Key: late, Body: 'x' }));
    await pass(world, 12);
    expect(await state()).toBe('applying');
    await pass(world, 5);
    expect(await state()).toBe('marked');
    expect((await keysOf(world)).map((key) => key.split('/')[1])).toEqual([`${other.job.workspaceId}`]);
    const rows = await left(world);
    expect(rows.filter((row) => row.projectNo === 'p' || row.scope === 'project#p')).toEqual([]);
    expect(rows.filter(({ scope, item }) => /(workspace|job)#0+1$/.test(`${scope} ${item}`))).toEqual([]);
    expect(await readJob(other.context, other.job)).toMatchObject({ state: 'pending' });
    expect(await world.rows.incidents()).toEqual([]);
  });

  it('tells people of a job that does not end, after everything else of the project is gone', async () => {
    const world = await newWorld({ maxAttempts: 2 });
    await play(world, create('p'), grant('p', 'a'));
    const { job } = await startFor(world, 'a');
    const Key = 'projects/p/files/stray';
    await world.s3.send(new PutObjectCommand({ Bucket: world.filesBucket, Key, Body: 'x' }));
    const [messageId = ''] = await send(world, remove('p'));
    await pass(world, 4, 11);
    expect(await world.rows.message(messageId)).toMatchObject({ state: 'applying' });
    const list = new ListObjectsV2Command({ Bucket: world.filesBucket, Prefix: 'projects/' });
    expect((await world.s3.send(list)).Contents).toBeUndefined();
    await pass(world, 5, 5);
    expect(await world.rows.message(messageId)).toMatchObject({ state: 'held' });
    expect(await world.rows.incidents()).toMatchObject([
      { kind: 'attempts-used-up', found: expect.stringContaining(`they were stopped: ${job.jobId}`) },
    ]);
  });

  it('leaves no limits of its own, which a later project of the same number would have', async () => {
    const world = await newWorld();
    await play(world, create('p'));
    const { workspaces: TableName } = world.tables;
    const quota = { maxConcurrentJobs: 2 };
    const rows = [
      { scope: 'project#p', item: 'usage', ...quota },
      { scope: 'projects', item: 'p', projectNo: 'p' },
    ];
    for (const Item of rows) await world.context.db.send(new PutCommand({ TableName, Item }));
    await send(world, remove('p'));
    await world.run();
    expect(await rowsOf(world)).toEqual([]);
  });
});
