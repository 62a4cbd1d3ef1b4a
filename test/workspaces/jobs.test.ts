import { spawnSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, inject, it } from 'vitest';
import { getItem } from '../../shared/platform/dynamodb.ts';
import { TransientError } from '../../shared/platform/errors.ts';
import { endJob } from '../../shared/workspaces/end-job.ts';
import { readJob } from '../../shared/workspaces/find.ts';
import { jobInputs } from '../../shared/workspaces/job-inputs.ts';
import type { JobsContext } from '../../shared/workspaces/jobs/context.ts';
import { finishJob, outcomeOf } from '../../shared/workspaces/jobs/end.ts';
import { launchJob } from '../../shared/workspaces/jobs/launch.ts';
import type { JobStepInput } from '../../shared/workspaces/jobs/step.ts';
import { watchJob } from '../../shared/workspaces/jobs/watch.ts';
import { fileKey, usageKey } from '../../shared/workspaces/keys.ts';
import { removeReplaced } from '../../shared/workspaces/replaced-objects.ts';
import { createResources } from '../../shared/workspaces/resources/all.ts';
import type { JobStatus, Resource } from '../../shared/workspaces/resources/resource.ts';
import { stopJob } from '../../shared/workspaces/stop-job.ts';
import { useServices } from '../support/services.ts';
import { createWorkspacesApi, ok, refused } from './workspaces-fixture.ts';

const configuration = {
  available_job_types: { batch: { name: 'Batch', job_type: 'batch' } },
  available_resources: {
    here: {
      name: 'Here',
      resource_type: 'local',
      capabilities: { gpu_enabled: false, max_cpus: 4, max_memory_mb: 8_192, max_time_minutes: 720 },
    },
  },
};

async function createWorld(more: object = {}) {
  const api = await createWorkspacesApi({ ...configuration, ...more });
  const { s3: server } = await useServices();
  const files = `files-${randomUUID()}`;
  await server.createBucket(files);
  const { s3, name: workspaces } = api.context.workspacesBucket;
  const real = createResources({
    configuration: api.context.configuration,
    s3,
    buckets: { workspaces, files },
    jobsDirectory: mkdtempSync(join(inject('directory'), 'jobs-')),
    readSecret: async () => '',
  });
  const changes: { resource?: (resource: Resource) => Resource } = {};
  const context: JobsContext = {
    ...api.context,
    newToken: randomUUID,
    resource: (key) => (changes.resource ?? ((resource) => resource))(real(key)),
  };
  const bob = await api.researcher('bob', '1001');

  return {
    ...api,
    context,
    changes,
    bob,
    files,
    /** Creates a workspace with a script and starts it as a job. */
    async start(script: string, { symlinks = [] as object[], options = {} } = {}) {
      const details = { files: [{ name: 'run.sh', content: script }], symlinks };
      const created = await api.ask(
        'POST /workspaces',
        { name: 'n', description: '', workspace_details: details },
        bob,
      );
      const workspaceId: number = Object(created.body).data.workspace.id;
      const sent = { job_type: 'batch', job_details: { script: 'run.sh' }, resource_options: options };
      const started = await api.ask(`PUT /workspaces/${workspaceId}/start`, sent, bob);
      expect(started).toMatchObject(ok('Successful start.'));
      return { workspaceId, userId: bob.userId, jobId: Number(Object(started.body).data.job.id) };
    },
    /** The content of a file of a workspace; nothing where its object is gone. */
    async content(workspaceId: number, name: string) {
      const row = await getItem<{ key: string }>(context.db, context.tables.workspaces, fileKey(workspaceId, name));
      const object = await s3.send(new GetObjectCommand({ Bucket: workspaces, Key: row?.key ?? '' })).catch(() => {});
      return object?.Body?.transformToString();
    },
    async view(jobId: number) {
      return Object((await api.ask(`GET /jobs/${jobId}`, undefined, bob)).body).data.jobs[0];
    },
    async usage() {
      const user = await getItem(context.db, context.tables.workspaces, usageKey({ userId: bob.userId }));
      const project = await getItem(context.db, context.tables.workspaces, usageKey({ projectNo: '1001' }));
      return { user, project };
    },
  };
}

type World = Awaited<ReturnType<typeof createWorld>>;

/** Does the steps of a job's execution as the state machine does, and calls `between` after each. */
async function execute(
  { context }: Pick<World, 'context'>,
  { userId, jobId }: { userId: number; jobId: number },
  between: (next: string) => Promise<unknown> = async () => {},
) {
  const steps = { watch: watchJob, end: finishJob };
  let step = await launchJob(context, { userId, jobId });
  for (; step.next !== 'stop'; step = await steps[step.next](context, { userId, jobId })) {
    await between(step.next);
    if (step.next === 'watch') await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process of this machine has a command line. */
const living = (command: string) => spawnSync('pgrep', ['-f', command]).status === 0;

describe('a job', () => {
  it('reads the files of its workspace and delivered ones, and leaves files and a log', async () => {
    const world = await createWorld();
    const { fileId, objectKey } = await world.deliver('1001', randomUUID(), { size: 3 });
    await world.context.workspacesBucket.s3.send(
      new PutObjectCommand({ Bucket: world.files, Key: objectKey, Body: '1,2' }),
    );
    const job = await world.start('cat data.csv; echo warning >&2; echo 42 >answer; sleep 0.3', {
      symlinks: [{ name: 'data.csv', source_path: `projects/1001/${fileId}` }],
    });
    const seen: string[] = [];
    await execute(world, job, async () => void seen.push((await world.view(job.jobId)).status));

    expect(new Set(seen)).toEqual(new Set(['pending', 'running']));
    expect(await world.view(job.jobId)).toMatchObject({
      status: 'complete',
      resource_job_id: expect.any(Number),
      datetime_start: expect.any(String),
      datetime_end: expect.any(String),
      job_details: { current_job_details: { exit_code: 0 } },
    });
    expect(await world.ask(`GET /jobs/${job.jobId}/log?tail=5`, undefined, world.bob)).toMatchObject({
      status: 200,
      body: { data: { stdout: '1,2', stderr: 'ning\n' } },
    });
    const { body } = await world.ask(`GET /workspaces/${job.workspaceId}`, undefined, world.bob);
    expect(Object(body).data.workspaces[0]).toMatchObject({
      status: 'idle',
      workspace_details: { current_workspace_details: { files: [{ name: '/answer' }, { name: '/run.sh' }] } },
    });
    expect(await world.usage()).toMatchObject({ user: { activeJobs: 0 } });
  });

  it('shows its log while it runs, and to nobody but its owner', async () => {
    const world = await createWorld();
    const job = await world.start('echo hello; sleep 1000');
    let log: unknown;
    await execute(world, job, async () => {
      const { body } = await world.ask(`GET /jobs/${job.jobId}/log`, undefined, world.bob);
      if (Object(body).data.stdout === '') return;
      log ??= body;
      await world.ask(`PUT /jobs/${job.jobId}/stop`, undefined, world.bob);
    });
    expect(log).toMatchObject({ data: { stdout: 'hello\n', stderr: '' } });
    const eve = await world.person('eve');
    expect(await world.ask(`GET /jobs/${job.jobId}/log`, undefined, eve)).toEqual(
      expect.objectContaining(refused(404, `Job ${job.jobId} not found for user.`)),
    );
    expect(await world.view(job.jobId)).toMatchObject({
      status: 'complete',
      job_details: { current_job_details: { reason: 'stopped' } },
    });
  });

  it('finds the files that it was launched with, though they are replaced before it runs', async () => {
    const world = await createWorld();
    const first = await world.start('true');
    const body = { job_type: 'batch', job_details: { script: 'run.sh' }, resource_options: {} };
    const path = `/workspaces/${first.workspaceId}`;
    const started = await world.ask(`PUT ${path}/start`, body, world.bob);
    const second = { ...first, jobId: Number(Object(started.body).data.job.id) };
    const inputs = async (job: typeof first) => {
      const row = await readJob(world.context, job);
      return row ? jobInputs(world.context, row) : [];
    };
    const [input] = await inputs(second);
    await world.upload(`${path}/upload`, [['file', 'run.sh', 'echo new']], world.bob);
    const { s3, name: Bucket } = world.context.workspacesBucket;
    const isThere = async () => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: input?.key ?? '' }));
      return Contents.length > 0;
    };
    await execute(world, first);
    expect(await isThere()).toBe(true);
    expect(await inputs(second)).not.toContainEqual(input);
    await execute(world, second);
    expect(await isThere()).toBe(false);
  });

  it('leaves no replaced object behind that S3 does not delete at once', async () => {
    const world = await createWorld();
    const job = await world.start('true');
    const replaced = () => world.upload(`/workspaces/${job.workspaceId}/upload`, [['file', 'a', 'text']], world.bob);
    for (let times = 0; times < 3; times++) await replaced();
    await endJob(world.context, job, { state: 'complete', coreHours: 0 });
    const { s3, name } = world.context.workspacesBucket;
    const Prefix = `workspaces/${job.workspaceId}/files/`;
    const objects = async () => (await s3.send(new ListObjectsV2Command({ Bucket: name, Prefix }))).KeyCount;
    const send = async ({ input }: DeleteObjectsCommand) => {
      const [refused, ...others] = input.Delete?.Objects ?? [];
      await s3.send(new DeleteObjectsCommand({ ...input, Delete: { Objects: others } }));
      return { Errors: [{ Key: refused?.Key, Code: 'InternalError' }] };
    };
    const workspacesBucket = { name, s3: Object.assign(Object.create(s3), { send }) };
    await expect(removeReplaced({ ...world.context, workspacesBucket }, job)).rejects.toThrow(TransientError);
    expect(await objects()).toBe(3);
    await removeReplaced(world.context, job);
    expect(await objects()).toBe(2);
  });

  /** Makes the next transaction fail that has a text in it. */
  const failOnce = (world: World, text: string) => {
    world.outside.before = async ({ name, input }) => {
      if (!name.startsWith('TransactWrite') || !JSON.stringify(input).includes(text)) return;
      world.outside.heal();
      throw new TransientError('no answer');
    };
  };

  it('puts no file in the place of a newer one, though its end breaks off and is repeated', async () => {
    const world = await createWorld();
    const job = await world.start('echo early >answer');
    const upload = () => world.upload(`/workspaces/${job.workspaceId}/upload`, [['file', 'answer', 'new']], world.bob);
    await expect(
      execute(world, job, async (next) => next === 'end' && failOnce(world, 'lastJobEndedAt')),
    ).rejects.toThrow(TransientError);
    expect(await world.content(job.workspaceId, 'answer')).toBe('early\n');
    await upload();
    await finishJob(world.context, { userId: job.userId, jobId: job.jobId });
    expect(await world.view(job.jobId)).toMatchObject({ status: 'complete' });
    expect(await world.content(job.workspaceId, 'answer')).toBe('new');
  });

  it('puts no file in the place of a newer one, though two executions end it at once', async () => {
    const world = await createWorld();
    const job = await world.start('echo early >answer');
    const id = { userId: job.userId, jobId: job.jobId };
    world.changes.resource = (resource) => ({
      ...resource,
      async saveOutputs(handle) {
        delete world.changes.resource;
        const outputs = await resource.saveOutputs(handle);
        await finishJob(world.context, id);
        await world.upload(`/workspaces/${job.workspaceId}/upload`, [['file', 'answer', 'new']], world.bob);
        return outputs;
      },
    });
    await execute(world, job).catch(() => finishJob(world.context, id));
    expect(await world.content(job.workspaceId, 'answer')).toBe('new');
  });

  it('keeps the files that it left for another attempt to end it', async () => {
    const world = await createWorld();
    const job = await world.start('echo early >answer');
    await expect(execute(world, job, async (next) => next === 'end' && failOnce(world, '"answer"'))).rejects.toThrow(
      TransientError,
    );
    const { s3, name: Bucket } = world.context.workspacesBucket;
    const Prefix = `workspaces/${job.workspaceId}/files/job-`;
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).KeyCount).toBe(1);
  });

  it('that has ended keeps no replaced object: the next upload removes what S3 did not delete', async () => {
    const world = await createWorld();
    const job = await world.start('true');
    await execute(world, job);
    const names = ['a', 'b', 'c'];
    const upload = (...some: string[]) =>
      world.upload(
        `/workspaces/${job.workspaceId}/upload`,
        some.map((name) => ['file', name, 'text']),
        world.bob,
      );
    await upload(...names);
    const { s3, name: Bucket } = world.context.workspacesBucket;
    const Prefix = `workspaces/${job.workspaceId}/files/`;
    const objects = async () => (await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).KeyCount;
    const before = await objects();
    const send = s3.send.bind(s3);
    s3.send = async (command: object) => {
      if (!(command instanceof DeleteObjectsCommand)) return Reflect.apply(send, s3, [command]);
      const [refused, ...others] = command.input.Delete?.Objects ?? [];
      await send(new DeleteObjectsCommand({ ...command.input, Delete: { Objects: others } }));
      return { Errors: [{ Key: refused?.Key, Code: 'InternalError' }] };
    };
    expect(await upload(...names)).toMatchObject({ status: 503 });
    s3.send = send;
    expect(await upload('a')).toMatchObject(ok('Successful upload.'));
    expect(await objects()).toBe(before);
  });

  it('fails with its exit code, and the hours that it took count', async () => {
    const world = await createWorld();
    const job = await world.start('sleep 1.1; exit 3', { options: { num_cpus: 2 } });
    await execute(world, job);
    const { status, core_hours, job_details } = await world.view(job.jobId);
    expect({ status, ...job_details.current_job_details }).toMatchObject({
      status: 'failed',
      exit_code: 3,
      reason: 'exit code 3',
    });
    expect(Number(core_hours)).toBeGreaterThanOrEqual(2 / 3_600);
    const { user } = await world.usage();
    expect(user).toMatchObject({ activeJobs: 0, usedCoreHours: Math.round(Number(core_hours) * 100_000) });
    expect(Object(user).coreHours).toBe(Object(user).usedCoreHours);
  });

  it.each([
    ['blockLogin', true, 'The account is blocked'],
    ['createdAt', 1, 'The account is gone'],
  ])('fails with the reason when the %s of its owner forbids it', async (field, value, reason) => {
    const world = await createWorld();
    const job = await world.start('echo never');
    await world.context.db.send(
      new UpdateCommand({
        TableName: world.context.tables.accounts,
        Key: { account: 'bob' },
        UpdateExpression: 'SET #field = :value',
        ExpressionAttributeNames: { '#field': field },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
    await execute(world, job);
    expect(await readJob(world.context, job)).toMatchObject({
      state: 'failed',
      current: { reason },
      resourceJobId: -1,
    });
    expect(await world.usage()).toMatchObject({ user: { activeJobs: 0 } });
  });

  it('is stopped when its owner may not see the project any more', async () => {
    const world = await createWorld();
    await world.deliver('1001', 'data');
    const job = await world.start('sleep 1000', {
      symlinks: [{ name: 'data.csv', source_path: 'projects/1001/data' }],
    });
    const { db, tables } = world.context;
    await world.context.workspacesBucket.s3.send(
      new PutObjectCommand({ Bucket: world.files, Key: 'projects/1001/files/data', Body: '0123456789' }),
    );
    await execute(world, job, async () => {
      if ((await readJob(world.context, job))?.state !== 'running') return;
      await db.send(
        new UpdateCommand({
          TableName: tables.users,
          Key: { accessIdentifier: world.bob.account.accessIdentifier },
          UpdateExpression: 'SET enabled = :no',
          ExpressionAttributeValues: { ':no': false },
        }),
      );
    });
    const ended = await readJob(world.context, job);
    expect(ended).toMatchObject({
      state: 'complete',
      current: { reason: 'The account may not see the project any more' },
    });
    expect(await world.usage()).toMatchObject({ user: { activeJobs: 0 }, project: { activeJobs: 0 } });
  });

  it('runs on when another launch of it begins before its own has ended, and dies', async () => {
    const world = await createWorld();
    const job = await world.start('sleep 1000');
    let first: Promise<unknown> | undefined;
    world.outside.before = async ({ name }) => {
      if (first || !name.startsWith('Put')) return;
      first = launchJob(world.context, job);
      await first;
      world.changes.resource = (resource) => ({
        ...resource,
        launch: () => Promise.reject(new TransientError('no answer')),
      });
    };
    await launchJob(world.context, job).catch(() => {});
    world.outside.heal();
    delete world.changes.resource;
    expect(await watchJob(world.context, job)).toMatchObject({ next: 'watch' });
    await stopJob(world.context, job);
    await execute(world, job);
    expect(await readJob(world.context, job)).toMatchObject({ state: 'complete', current: { reason: 'stopped' } });
  });

  it('is stopped at once by an execution that does nothing else', async () => {
    const world = await createWorld();
    const job = await world.start('sleep 1000');
    const only = { userId: job.userId, jobId: job.jobId, only: 'stop' } as const;
    expect(await launchJob(world.context, only)).toMatchObject({ next: 'stop' });
    await launchJob(world.context, job);
    expect(await watchJob(world.context, only)).toMatchObject({ next: 'stop', only: 'stop' });
    await stopJob(world.context, job);
    expect(await launchJob(world.context, only)).toMatchObject({ next: 'watch', only: 'stop' });
    expect(await watchJob(world.context, only)).toMatchObject({ next: 'stop' });
    expect(await finishJob(world.context, { ...only, error: { Error: 'x' } })).toMatchObject({ next: 'stop' });
    expect(await readJob(world.context, job)).toMatchObject({ state: 'stopping' });
    await execute(world, job);
    expect(await readJob(world.context, job)).toMatchObject({ state: 'complete', current: { reason: 'stopped' } });
  });

  describe('whose launch died before that was recorded', () => {
    async function lost() {
      const world = await createWorld();
      const marker = `1000.${randomInt(1e9)}`;
      const job = await world.start(`sleep ${marker}`);
      world.changes.resource = (resource) => ({
        ...resource,
        async launch(toRun) {
          await resource.launch(toRun);
          throw new TransientError('no answer');
        },
      });
      await expect(launchJob(world.context, job)).rejects.toThrow('no answer');
      delete world.changes.resource;
      return { world, job, isRunning: () => living(`sleep ${marker}`) };
    }

    it('is stopped when its owner may not use workspaces any more', async () => {
      const { world, job, isRunning } = await lost();
      await expect.poll(isRunning).toBe(true);
      await world.context.db.send(
        new UpdateCommand({
          TableName: world.context.tables.users,
          Key: { accessIdentifier: world.bob.account.accessIdentifier },
          UpdateExpression: 'SET enabled = :no',
          ExpressionAttributeValues: { ':no': false },
        }),
      );
      await execute(world, job);
      expect(isRunning()).toBe(false);
      expect(await world.usage()).toMatchObject({ user: { activeJobs: 0 } });
    });

    it('is stopped when its owner stops it', async () => {
      const { world, job, isRunning } = await lost();
      await expect.poll(isRunning).toBe(true);
      await stopJob(world.context, job);
      await execute(world, job);
      expect(isRunning()).toBe(false);
      expect(await readJob(world.context, job)).toMatchObject({ state: 'complete', current: { reason: 'stopped' } });
    });

    it('is stopped when its execution fails for good', async () => {
      const { world, job, isRunning } = await lost();
      await expect.poll(isRunning).toBe(true);
      await finishJob(world.context, { ...job, error: { Error: 'TransientError' } });
      await expect.poll(isRunning).toBe(false);
      expect(await readJob(world.context, job)).toMatchObject({ state: 'failed' });
    });
  });

  it('ends when the centre has taken its resource out of the configuration', async () => {
    const world = await createWorld();
    const job = await world.start('sleep 1000');
    await launchJob(world.context, job);
    const configuration = { ...world.context.configuration, available_resources: {} };
    const error = { Error: 'PermanentError', Cause: '' };
    await finishJob({ ...world.context, configuration }, { userId: job.userId, jobId: job.jobId, error });
    expect(await readJob(world.context, job)).toMatchObject({ state: 'failed' });
    expect(await world.usage()).toMatchObject({ user: { activeJobs: 0 } });
    await stopJob(world.context, job);
    await world.context.resource('here').stop((await readJob(world.context, job))?.handle ?? '');
  });

  it('ends without a launch when it was stopped before', async () => {
    const world = await createWorld();
    const job = await world.start('echo never');
    expect(await world.ask(`PUT /jobs/${job.jobId}/stop`, undefined, world.bob)).toMatchObject(ok('Successful stop.'));
    await execute(world, job);
    expect(await world.view(job.jobId)).toMatchObject({ status: 'complete', resource_job_id: -1 });
  });

  it('is stale while its resource gives no answer, and goes on afterwards', async () => {
    const world = await createWorld();
    const job = await world.start('true');
    const staleness: unknown[] = [];
    await execute(world, job, async (next) => {
      if (next !== 'watch') return;
      staleness.push((await readJob(world.context, job))?.current.stale);
      world.changes.resource =
        staleness.length > 1
          ? (resource) => resource
          : (resource) => ({ ...resource, status: () => Promise.reject(new TransientError('no answer')) });
    });
    expect(staleness.slice(0, 2)).toEqual([undefined, true]);
    const { status, job_details } = await world.view(job.jobId);
    expect({ status, ...job_details.current_job_details }).toMatchObject({ status: 'complete', exit_code: 0 });
    expect(job_details.current_job_details).not.toHaveProperty('stale');
  });

  it('is stopped when its resource lets it run on hours after its time limit', async () => {
    const world = await createWorld();
    const job = await world.start('echo never', { options: { time_limit_minutes: 1 } });
    const stopped: string[] = [];
    world.changes.resource = (resource) => ({
      ...resource,
      launch: async () => ({ resourceJobId: 1, handle: 'endless' }),
      status: async () => ({ state: 'running', startedAt: 0 }),
      saveLogs: async () => {},
      server: async () => undefined,
      stop: async (handle) => void stopped.push(handle),
    });
    await launchJob(world.context, job);
    await watchJob(world.context, job);
    world.clock.advance(2 * 3_600_000);
    expect(await watchJob(world.context, job)).toMatchObject({ next: 'watch' });
    expect(stopped).toEqual([]);
    world.clock.advance(60_001);
    await watchJob(world.context, job);
    expect(stopped).toEqual(['endless']);
  });

  it.each([
    ['S3: "slow down"', 'S3: "slow down"'],
    [`${'x'.repeat(499)}😀`, `${'x'.repeat(499)}\ufffd`],
  ])('fails with the error of a step that failed for good', async (errorMessage, reason) => {
    const world = await createWorld();
    const job = await world.start('sleep 1000');
    await launchJob(world.context, job);
    const Cause = JSON.stringify({ errorType: 'TransientError', errorMessage });
    const input: JobStepInput = { userId: job.userId, jobId: job.jobId, error: { Error: 'TransientError', Cause } };
    expect(await finishJob(world.context, input)).toMatchObject({ next: 'stop' });
    expect(await readJob(world.context, job)).toMatchObject({
      state: 'failed',
      current: { reason },
    });
  });

  it.each(['before', 'after'] as const)('ends once, wherever a step dies %s a call', async (when) => {
    const world = await createWorld();
    const job = await world.start('echo once; echo more >file; exit 3');
    const states: string[] = [];
    // Each attempt of a step gets one call further than the one before.
    const surely = async (step: () => Promise<{ next: string }>) => {
      for (let call = 1; ; call++) {
        const died = world.outside.crashAt(call, when);
        const outcome = await step().catch((error: unknown) => error as Error);
        const isDead = died();
        world.outside.heal();
        states.push((await readJob(world.context, job))?.state ?? '');
        if (isDead) continue;
        if (outcome instanceof Error) throw outcome;
        return outcome.next;
      }
    };
    let next = await surely(() => launchJob(world.context, job));
    while (next === 'watch') next = await surely(() => watchJob(world.context, job));
    expect(next).toBe('end');
    await surely(() => finishJob(world.context, { userId: job.userId, jobId: job.jobId }));
    expect(await readJob(world.context, job)).toMatchObject({ state: 'failed', current: { exit_code: 3 } });
    const order = ['pending', 'running', 'failed'];
    expect(states).toEqual(states.toSorted((one, other) => order.indexOf(one) - order.indexOf(other)));
    const { body } = await world.ask(`GET /jobs/${job.jobId}/log`, undefined, world.bob);
    expect(Object(body).data.stdout).toBe('once\n');
    const { user } = await world.usage();
    expect(user).toMatchObject({ activeJobs: 0 });
    expect(Object(user).coreHours).toBe(Object(user).usedCoreHours ?? 0);
  });
});

describe('the outcome of a job', () => {
  const job = { state: 'running', cores: 2, current: {}, reservedCoreHours: 600_000 } as const;
  const hour = { startedAt: 0, endedAt: 3_600_000 };

  it.each<[JobStatus, object]>([
    [
      { state: 'complete', exitCode: 0, ...hour },
      { state: 'complete', exitCode: 0, coreHours: 200_000 },
    ],
    [
      { state: 'complete', exitCode: 0, ...hour, cores: 8 },
      { state: 'complete', coreHours: 800_000 },
    ],
    [
      { state: 'complete', reason: 'time limit', ...hour },
      { state: 'complete', reason: 'time limit' },
    ],
    [
      { state: 'failed', exitCode: 1 },
      { state: 'failed', coreHours: 0, reason: 'the resource does not say why' },
    ],
    [
      { state: 'unknown', reason: 'no answer' },
      { state: 'failed', reason: 'no answer' },
    ],
  ])('%j is %j', (status, expected) => {
    expect(outcomeOf(job, status)).toMatchObject(expected);
  });

  it('has hours also when its resource has forgotten when it began, but not more than were reserved', () => {
    const seen = { ...job, startedAt: 1_800_000 };
    const afterHours = (hours: number) =>
      outcomeOf(seen, { state: 'complete', exitCode: 0, endedAt: seen.startedAt + hours * 3_600_000 });
    expect([1, 3, 100].map((hours) => afterHours(hours).coreHours)).toEqual([200_000, 600_000, 600_000]);
    expect(outcomeOf(seen, { state: 'complete', exitCode: 0, ...hour })).toMatchObject({ coreHours: 200_000 });
    expect(outcomeOf(job, { state: 'failed', endedAt: 3_600_000 })).toMatchObject({ coreHours: 0 });
  });
});
