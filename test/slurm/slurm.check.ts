import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../shared/platform/errors.ts';
import { createSlurmClient } from '../../shared/workspaces/resources/slurm/client.ts';
import { slurmResource } from '../../shared/workspaces/resources/slurm/slurm.ts';
import { createBuckets, job, until } from '../workspaces/resources/fixture.ts';

const [url, token] = [process.env.SLURM_URL ?? '', process.env.SLURM_TOKEN ?? ''];
const connect = (options: Partial<Parameters<typeof createSlurmClient>[0]> = {}) =>
  createSlurmClient({ url, version: 'v0.0.38', user: 'root', token: async () => token, ...options });
const running = ({ state }: { state: string }) => state === 'running';
const living = (marker: string) => spawnSync('pgrep', ['-f', `sleep ${marker}$`], { encoding: 'utf8' }).stdout.trim();

async function createResource() {
  const world = await createBuckets();
  const client = connect();
  return {
    ...world,
    client,
    resource: slurmResource({ client, s3: world.s3, buckets: world.buckets, directory: '/tmp' }),
  };
}

describe('a job on a SLURM cluster', { concurrent: false }, () => {
  beforeAll(() => expect(token).not.toBe(''));

  it('fetches its inputs, and stores what it made, changed and printed', async () => {
    const world = await createResource();
    const inputs = [
      await world.put("it's old.txt", 'old'),
      await world.put('kept.txt', 'kept'),
      await world.put('data/delivered.csv', '1,2', { readOnly: true }),
    ];
    const script = `cat data/delivered.csv; echo problem >&2; env >env.txt
      echo new >"it's old.txt"; mkdir -p results .hidden; echo 42 >'results/an answer'; echo no >.hidden/file; ln -s /etc/passwd results/link
      sleep 3`;
    const { handle, resourceJobId } = await world.resource.launch(
      job(script, { inputs, environment: { GREETING: 'hello' } }),
    );
    expect(handle).toMatch(new RegExp(`^7/[0-9]+/${resourceJobId}$`));
    const log = (name: string) => `workspaces/7/jobs/${handle.split('/')[1]}/${name}`;
    await until(
      world.resource,
      handle,
      async (status) => running(status) && (await world.read(log('stdout')).catch(() => '')) === '1,2',
    );
    const ended = await until(world.resource, handle);
    expect(ended).toMatchObject({ state: 'complete', exitCode: 0 });
    expect((ended.endedAt ?? 0) - (ended.startedAt ?? 0)).toBeGreaterThanOrEqual(3_000);
    expect(ended.cores).toBe(1);

    const outputs = await world.resource.saveOutputs(handle);
    expect(outputs.map(({ name }) => name)).toEqual(['env.txt', "it's old.txt", 'results/an answer']);
    const [env, changed, answer] = await Promise.all(outputs.map(({ key }) => world.read(key)));
    expect([changed, answer]).toEqual(['new\n', '42\n']);
    expect(env).toContain('GREETING=hello');
    expect(env).not.toMatch(/X-Amz-|AWS_/);
    expect(await world.read(log('stderr'))).toContain('problem');
    await world.resource.remove(handle);
    expect(await world.resource.status(handle)).toMatchObject({
      state: 'failed',
      reason: 'the job could not store what it left',
    });
  });

  it('fails with its exit code, and keeps what it left', async () => {
    const { resource, read } = await createResource();
    const { handle } = await resource.launch(job('echo partial >file; exit 3'));
    expect(await until(resource, handle)).toMatchObject({ state: 'failed', exitCode: 3, reason: 'exit code 3' });
    const [output] = await resource.saveOutputs(handle);
    expect(await read(output?.key ?? '')).toBe('partial\n');
  });

  it('fails with a reason when an input is gone', async () => {
    const { resource, put } = await createResource();
    const inputs = [{ ...(await put('gone', 'gone')), key: 'objects/none' }];
    const { handle } = await resource.launch(job('echo never', { inputs }));
    expect(await until(resource, handle)).toMatchObject({ state: 'failed', reason: 'an input could not be fetched' });
  });

  it('ends with its processes when it is stopped, and stores what it left', async () => {
    const { resource, client } = await createResource();
    const marker = `41${Date.now()}`;
    const { handle, resourceJobId } = await resource.launch(job(`echo begun >file; sleep ${marker} & sleep ${marker}`));
    await until(resource, handle, (status) => running(status) && living(marker).split('\n').length === 2);
    await resource.stop(handle);
    await resource.stop(handle);
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'stopped' });
    expect(living(marker)).toBe('');
    expect((await resource.saveOutputs(handle)).map(({ name }) => name)).toEqual(['file']);
    await client.cancel(resourceJobId);
  });

  it('never runs when it is stopped in the queue', async () => {
    const { resource, client } = await createResource();
    const filling = await Promise.all(
      Array.from({ length: 2 }, () => resource.launch(job('sleep 1000', { memoryMb: 1 }))),
    );
    await Promise.all(filling.map(({ handle }) => until(resource, handle, running)));
    const { handle } = await resource.launch(job('echo never', { cores: 2, memoryMb: 1 }));
    expect(await resource.status(handle)).toMatchObject({ state: 'pending' });
    await resource.stop(handle);
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'stopped' });
    await Promise.all(filling.map(({ resourceJobId }) => client.cancel(resourceJobId)));
    expect(await until(resource, filling[0]?.handle ?? '')).toMatchObject({ state: 'complete', reason: 'stopped' });
  });

  it('ends at its time limit', async () => {
    const { resource } = await createResource();
    const { handle } = await resource.launch(job('sleep 1000', { timeLimitMinutes: 1 / 30 }));
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'time limit' });
  });

  it('is found again when the answer to its launch was lost', async () => {
    const { resource } = await createResource();
    const lost = job('sleep 2');
    expect(await resource.find(lost)).toBeUndefined();
    const first = await resource.launch(lost);
    expect(await resource.find(lost)).toEqual(first);
    expect(await until(resource, first.handle)).toMatchObject({ state: 'complete' });
  });

  it('is none of another gateway on the same cluster, and ends at once when it is killed', async () => {
    const { client, s3, buckets, resource } = await createResource();
    const launched = job('sleep 60');
    const { handle } = await resource.launch(launched);
    const of = (options: Partial<Parameters<typeof slurmResource>[0]>) =>
      slurmResource({ client, s3, buckets, directory: '/tmp', ...options }).find(launched);
    expect(await of({})).toMatchObject({ handle });
    expect(await of({ buckets: { ...buckets, workspaces: 'of-another-stage' } })).toBeUndefined();
    await resource.kill(handle);
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'stopped' });
  });

  it('tells the address of its server', async () => {
    const { resource } = await createResource();
    const script = 'echo \'{"hostname": "node-1", "port": 8888}\' >"$SERVER_FILE"; sleep 1000';
    const { handle } = await resource.launch(job(script));
    await until(resource, handle, async () => (await resource.server(handle)) !== undefined);
    expect(await resource.server(handle)).toEqual({ hostname: 'node-1', port: 8888 });
    await resource.stop(handle);
    await until(resource, handle);
  });

  it('has failed when the cluster does not know it any more', async () => {
    const { resource } = await createResource();
    expect(await resource.status('7/1/999999')).toMatchObject({
      state: 'failed',
      reason: 'SLURM does not know the job any more',
    });
  });
});

describe('a client of slurmrestd', () => {
  const submission = {
    ...{ name: 'test', script: '#!/bin/bash\ntrue', directory: '/tmp', environment: { PATH: '/bin' } },
    ...{ partition: undefined, account: undefined, cores: 1, memoryMb: 1, gpus: 0, timeLimitMinutes: 1 },
  };

  it('throws a permanent error with the text of SLURM when a job is refused', async () => {
    const refused = connect().submit({ ...submission, partition: 'none' });
    await expect(refused).rejects.toThrow(PermanentError);
    await expect(refused).rejects.toThrow('Invalid partition name specified');
  });

  it('throws a transient error when a job cannot be given to the controller', async () => {
    const asked = connect({ url: process.env.SLURM_LOST_URL ?? '' }).submit(submission);
    await expect(asked).rejects.toThrow(TransientError);
    await expect(asked).rejects.toThrow('SLURM cannot take the job now: ');
  });

  // Slurm 22.05 answers a wrong token in nearly the words of an unknown job: it must not end the job.
  it.each([
    ['without a valid token', { token: async () => 'wrong' }, 'SLURM: Unable to find JobId=1'],
    ['at an address where nobody listens', { url: 'http://127.0.0.1:1' }, 'SLURM cannot be reached'],
    ['of another version', { version: 'v0.0.40' as const }, 'SLURM'],
  ])('throws a transient error %s', async (_what, options, text) => {
    const asked = connect(options).status(1);
    await expect(asked).rejects.toThrow(TransientError);
    await expect(asked).rejects.toThrow(text);
  });
});
