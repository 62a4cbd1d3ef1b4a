import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ECSClient, RunTaskCommand } from '@aws-sdk/client-ecs';
import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { createEcs } from '../../../infra/local/services/ecs.ts';
import { startJsonServer } from '../../../infra/local/services/json-server.ts';
import { PermanentError, TransientError } from '../../../shared/platform/errors.ts';
import { type FargateOptions, fargateResource } from '../../../shared/workspaces/resources/fargate/fargate.ts';
import { diskSize, taskSize } from '../../../shared/workspaces/resources/fargate/size.ts';
import { statusOf } from '../../../shared/workspaces/resources/fargate/status.ts';
import { containerCommand, containerName } from '../../../shared/workspaces/resources/fargate/tasks.ts';
import { createBuckets, job, until } from './fixture.ts';

const tasks = {
  cluster: 'arn:aws:ecs:eu-north-1:000000000000:cluster/jobs',
  definitions: {},
  subnets: ['subnet'],
  securityGroups: ['group'],
  publicAddress: true,
};

const living = (marker: string) => spawnSync('pgrep', ['-f', `sleep ${marker}$`], { encoding: 'utf8' }).stdout.trim();

/** A resource on the embedded ECS, which runs the command of the container as a process. */
async function createResource(changes: Partial<FargateOptions> = {}) {
  const world = await createBuckets();
  const properties = { ContainerDefinitions: [{ Name: containerName, Command: [...containerCommand] }] };
  const dataDirectory = mkdtempSync(join(inject('directory'), 'ecs-'));
  const service = createEcs({ definitions: [{ id: 'Jobs', properties }], dataDirectory });
  const server = await startJsonServer(service.actions);
  const ecs = new ECSClient({
    endpoint: server.endpoint,
    region: 'eu-north-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  onTestFinished(async () => {
    ecs.destroy();
    await service.stop();
    await server[Symbol.asyncDispose]();
  });
  const options = { ecs, tasks, definition: 'arn:aws:ecs:eu-north-1:000000000000:task-definition/Jobs', diskGib: 20 };
  return { ...world, ecs, resource: fargateResource({ ...world, ...options, ...changes }) };
}

describe('a job on Fargate', () => {
  it('fetches its inputs, and stores what it made, changed and printed', async () => {
    const world = await createResource();
    const inputs = [
      await world.put("it's old.txt", 'old'),
      await world.put('kept.txt', 'kept'),
      await world.put('data/delivered.csv', '1,2', { readOnly: true }),
    ];
    const script = `cat data/delivered.csv; echo problem >&2; env >env.txt
      echo new >"it's old.txt"; mkdir results; echo 42 >'results/an answer'`;
    const { handle, resourceJobId } = await world.resource.launch(
      job(script, { inputs, environment: { GREETING: "it's me" } }),
    );
    expect(handle).toMatch(/^7\/\d+\/[0-9a-f]{32}$/);
    expect(handle).toContain(`/${resourceJobId.toString(16).padStart(12, '0')}`);
    expect(await until(world.resource, handle)).toMatchObject({ state: 'complete', exitCode: 0 });
    const outputs = await world.resource.saveOutputs(handle);
    expect(outputs.map(({ name }) => name)).toEqual(['env.txt', "it's old.txt", 'results/an answer']);
    const [env, changed, answer] = await Promise.all(outputs.map(({ key }) => world.read(key)));
    expect([changed, answer]).toEqual(['new\n', '42\n']);
    expect(env).toContain("GREETING=it's me");
    expect(env).not.toMatch(/X-Amz-|AWS_|JOB_PROGRAM/);
    const log = (name: string) => world.read(`workspaces/7/jobs/${handle.split('/')[1]}/${name}`);
    expect(await log('stdout')).toBe('1,2');
    expect(await log('stderr')).toContain('problem');
    await world.resource.remove(handle);
    await expect(log('program')).rejects.toThrow();
  });

  it('stores files of any name as they are', async () => {
    const world = await createResource();
    const names = ['a[1].csv', 'a1.csv', 'a{b,c}.txt', 'ab.txt', 'x#1', '-T', '$(id)', '%41?&*.txt'];
    const inputs = await Promise.all(names.map((name) => world.put(name, name)));
    const script = 'for name in *; do printf "changed %s" "$name" >"./$name.new" && mv "./$name.new" "./$name"; done';
    const { handle } = await world.resource.launch(job(script, { inputs }));
    expect(await until(world.resource, handle)).toMatchObject({ state: 'complete', exitCode: 0 });
    const outputs = await world.resource.saveOutputs(handle);
    expect(outputs.map(({ name }) => name)).toEqual(names.toSorted());
    const texts = await Promise.all(outputs.map(({ key }) => world.read(key)));
    expect(texts).toEqual(names.toSorted().map((name) => `changed ${name}`));
  });

  it('fails with its exit code, and keeps what it left', async () => {
    const { resource, read } = await createResource();
    const { handle } = await resource.launch(job('echo partial >file; exit 3'));
    expect(await until(resource, handle)).toMatchObject({ state: 'failed', exitCode: 3, reason: 'exit code 3' });
    const [output] = await resource.saveOutputs(handle);
    expect(await read(output?.key ?? '')).toBe('partial\n');
  });

  it('fails with a reason when an input is gone, or its program cannot tell its end', async () => {
    const { resource, put } = await createResource();
    const inputs = [{ ...(await put('gone', 'gone')), key: 'objects/none' }];
    const lost = await resource.launch(job('echo never', { inputs }));
    const killed = await resource.launch(job('kill -KILL $(ps -o ppid= -p $PPID)'));
    expect(await until(resource, lost.handle)).toMatchObject({
      state: 'failed',
      reason: 'an input could not be fetched',
    });
    expect(await until(resource, killed.handle)).toMatchObject({
      state: 'failed',
      exitCode: 137,
      reason: 'the job could not store what it left',
    });
  });

  it('ends with its processes when it is stopped, and stores what it left', async () => {
    const { resource } = await createResource();
    const marker = `42${Date.now()}`;
    const { handle } = await resource.launch(job(`echo begun >file; sleep ${marker} & sleep ${marker}`));
    await until(resource, handle, () => living(marker).split('\n').length === 2);
    await resource.stop(handle);
    await resource.stop(handle);
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'stopped' });
    expect(living(marker)).toBe('');
    expect((await resource.saveOutputs(handle)).map(({ name }) => name)).toEqual(['file']);
    await resource.stop(handle);
  });

  it('ends at once when it is killed', async () => {
    const { resource } = await createResource();
    const { handle } = await resource.launch(job('sleep 15'));
    await until(resource, handle, ({ state }) => state === 'running');
    await resource.kill(handle);
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'stopped' });
    await resource.kill(handle);
  });

  it('ends after it could not be killed, although what is kept of it was removed', async () => {
    const { resource, ecs } = await createResource();
    const marker = `43${Date.now()}`;
    const { handle } = await resource.launch(job(`sleep ${marker}`));
    await until(resource, handle, () => living(marker) !== '');
    const down = vi.spyOn(ecs, 'send').mockRejectedValue(new Error('no answer') as never);
    await expect(resource.kill(handle)).rejects.toThrow(TransientError);
    down.mockRestore();
    await resource.remove(handle);
    await expect.poll(() => living(marker), { timeout: 10_000 }).toBe('');
  });

  it('ends at its time limit', async () => {
    const { resource } = await createResource();
    const { handle } = await resource.launch(job('sleep 1000', { timeLimitMinutes: 1 / 30 }));
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'time limit' });
  });

  it('runs once when the answer to its launch was lost', async () => {
    const { resource, ecs } = await createResource();
    const lost = job('sleep 1');
    expect(await resource.find(lost)).toBeUndefined();
    const first = await resource.launch(lost);
    expect(await resource.find(lost)).toEqual(first);
    expect(await resource.launch(lost)).toEqual(first);
    await until(resource, first.handle);
    // A list has running tasks only; ECS still knows the token.
    expect(await resource.launch(lost)).toEqual(first);
    const program = { name: containerName, environment: [] };
    const request = new RunTaskCommand({
      cluster: tasks.cluster,
      taskDefinition: 'Jobs',
      launchType: 'FARGATE',
      overrides: { cpu: '1024', memory: '2048', containerOverrides: [program] },
    });
    expect((await ecs.send(request)).tasks?.[0]?.taskArn).not.toContain(first.handle.split('/')[2]);
  });

  it('has failed when ECS does not know it any more', async () => {
    const { resource } = await createResource();
    const status = await resource.status(`7/1/${'0'.repeat(32)}`);
    expect(status).toMatchObject({ state: 'failed', reason: 'ECS does not know the job any more' });
  });

  it('is refused without a place for it, and tried again when ECS is busy', async () => {
    const { resource } = await createResource();
    await expect(resource.launch(job('true', { gpus: 1 }))).rejects.toThrow('Fargate has no GPUs');
    await expect(resource.launch(job('true', { cores: 17 }))).rejects.toThrow(PermanentError);
    const unknown = await createResource({ definition: 'arn:aws:ecs:eu-north-1:000000000000:task-definition/None' });
    await expect(unknown.resource.launch(job('true'))).rejects.toThrow(PermanentError);
    const busy = { send: async () => ({ failures: [{ reason: 'Capacity is unavailable at this time.' }] }) };
    const full = await createResource({ ecs: busy as never });
    await expect(full.resource.launch(job('true'))).rejects.toThrow(
      new TransientError('ECS runs no task now: Capacity is unavailable at this time.'),
    );
    const away = new ECSClient({ endpoint: 'http://127.0.0.1:1', region: 'eu-north-1', maxAttempts: 1 });
    const unreachable = await createResource({ ecs: away });
    await expect(unreachable.resource.status(`7/1/${'0'.repeat(32)}`)).rejects.toThrow(TransientError);
  });
});

describe('the size of a task', () => {
  it.each([
    [1, 512, { cores: 1, memoryMb: 2_048 }],
    [1, 8_193, { cores: 2, memoryMb: 9_216 }],
    [3, 1_024, { cores: 4, memoryMb: 8_192 }],
    [4, 31_000, { cores: 8, memoryMb: 32_768 }],
    [16, 122_880, { cores: 16, memoryMb: 122_880 }],
  ])('for %i cores and %i MiB is the smallest that has both', (cores, memoryMb, size) => {
    expect(taskSize(cores, memoryMb)).toEqual(size);
  });

  it('has room for the inputs and for work', () => {
    expect(diskSize(1, 19)).toBeUndefined();
    expect(diskSize(4 * 1024 ** 3, 20)).toBe(24);
    expect(() => diskSize(1024 ** 4, 20)).toThrow('The job needs 1044 GiB of disk; a task of Fargate has 200');
  });
});

describe('the status of a task', () => {
  const [startedAt, stoppedAt] = [new Date(1_000), new Date(3_000)];
  it.each([
    [{ lastStatus: 'PROVISIONING' }, { state: 'pending' }],
    [
      { lastStatus: 'DEACTIVATING', startedAt },
      { state: 'running', startedAt: 1_000 },
    ],
    [{ lastStatus: 'NEW' }, { state: 'unknown', reason: 'ECS answers the state NEW' }],
    [
      { lastStatus: 'STOPPED', stopCode: 'UserInitiated' as const },
      { state: 'complete', reason: 'stopped' },
    ],
    [
      { lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart' as const, stoppedReason: 'CannotPullContainerError' },
      { state: 'failed', reason: 'the task stopped: CannotPullContainerError' },
    ],
    [
      {
        ...{ lastStatus: 'STOPPED', stopCode: 'EssentialContainerExited' as const, startedAt, stoppedAt },
        containers: [{ exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' }],
      },
      { state: 'failed', exitCode: 137, reason: 'out of memory', startedAt: 1_000, endedAt: 3_000 },
    ],
  ])('of %j', (task, status) => expect(statusOf(task)).toEqual(status));
});
