import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { TransientError } from '../../../shared/platform/errors.ts';
import { coreHours } from '../../../shared/workspaces/resources/resource.ts';
import { createLocalResource, job, until } from './fixture.ts';

const running = ({ state }: { state: string }) => state === 'running';
const living = (marker: string) => spawnSync('pgrep', ['-f', marker], { encoding: 'utf8' }).stdout.trim();

describe('a job of the local resource', () => {
  it('finds its inputs, leaves what it made or changed, and keeps what it printed', async () => {
    const world = await createLocalResource();
    const inputs = [
      await world.put('notes/old.txt', 'old'),
      await world.put('kept.txt', 'kept'),
      await world.put('data/delivered.csv', '1,2', { readOnly: true }),
    ];
    const script = `
      cat data/delivered.csv; echo problem >&2
      echo new >notes/old.txt; mkdir -p results/.hidden; echo 42 >results/answer; echo no >results/.hidden/file; head -c 20000000 /dev/zero >results/large
      ln -s /etc/passwd results/link; mkfifo results/pipe; rm -f data/delivered.csv; echo changed >data/delivered.csv`;
    const started = await world.resource.launch(job(script, { inputs }));
    expect(await until(world.resource, started.handle)).toMatchObject({ state: 'complete', exitCode: 0 });

    const outputs = await world.resource.saveOutputs(started.handle);
    expect(outputs.map(({ name, size }) => [name, size])).toEqual([
      ['notes/old.txt', 4],
      ['results/answer', 3],
      ['results/large', 20_000_000],
    ]);
    const texts = await Promise.all(outputs.map(({ key }) => world.read(key)));
    expect(texts.slice(0, 2)).toEqual(['new\n', '42\n']);
    expect(texts[2]).toBe('\0'.repeat(20_000_000));
    const keysOf = (files: typeof outputs) => files.map(({ name, key }) => ({ name, key }));
    expect(keysOf(await world.resource.saveOutputs(started.handle))).toEqual(keysOf(outputs));
    await world.resource.saveLogs(started.handle);
    expect(await world.read(`workspaces/7/jobs/${started.handle}/stdout`)).toBe('1,2');
    expect(await world.read(`workspaces/7/jobs/${started.handle}/stderr`)).toContain('problem');

    await world.resource.remove(started.handle);
    expect(existsSync(join(world.directory, started.handle))).toBe(false);
  });

  it('has an environment of its own, without any of the gateway', async () => {
    const world = await createLocalResource();
    process.env.AWS_SECRET_ACCESS_KEY = 'secret-of-the-gateway';
    const { handle } = await world.resource.launch(job('env', { environment: { GREETING: 'hello' } }));
    delete process.env.AWS_SECRET_ACCESS_KEY;
    await until(world.resource, handle);
    const names = readFileSync(join(world.directory, handle, 'stdout'), 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => name !== '').toSorted()).toEqual(
      ['GREETING', 'HOME', 'JOB_ID', 'LANG', 'OLDPWD', 'PATH', 'PWD', 'SERVER_FILE', 'SHLVL', 'TMPDIR', '_'].filter(
        (name) => names.includes(name),
      ),
    );
    expect(names).toContain('GREETING');
  });

  it('is launched by another attempt when an input was replaced since it was listed', async () => {
    const { resource, put } = await createLocalResource();
    const listed = await put('input', 'old');
    const replaced = job('cat input; cp input output', { inputs: [listed] });
    const inputs = [await put('input', 'new')];
    await expect(resource.launch(replaced)).rejects.toThrow(TransientError);
    const { handle } = await resource.launch({ ...replaced, inputs });
    expect(await until(resource, handle)).toMatchObject({ state: 'complete' });
    expect((await resource.saveOutputs(handle)).map(({ size }) => size)).toEqual([3]);
  });

  it('fails with its exit code', async () => {
    const { resource } = await createLocalResource();
    const { handle } = await resource.launch(job('exit 3'));
    const status = await until(resource, handle);
    expect(status).toMatchObject({ state: 'failed', exitCode: 3, reason: 'exit code 3' });
    expect(coreHours({ ...status, startedAt: 0, endedAt: 1_800_000 }, 4)).toBe(2);
  });

  it('ends with all its processes when it is stopped, also those of other sessions', async () => {
    const { resource } = await createLocalResource();
    const marker = `31${Date.now()}`;
    const { handle } = await resource.launch(job(`setsid sleep ${marker} & sleep ${marker}`));
    await until(resource, handle, (status) => running(status) && living(`sleep ${marker}`).split('\n').length === 2);
    await resource.stop(handle);
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'stopped' });
    expect(living(`sleep ${marker}`)).toBe('');
  });

  it('ends at its time limit, although it ignores signals', async () => {
    const { resource } = await createLocalResource();
    const { handle } = await resource.launch(job('trap "" TERM; exec sleep 1000', { timeLimitMinutes: 1 / 60 }));
    expect(await until(resource, handle)).toMatchObject({ state: 'complete', reason: 'time limit' });
  });

  it('cannot use more memory than it asked for', async () => {
    const { resource } = await createLocalResource();
    const script = `exec ${process.execPath} -e 'Buffer.alloc(700e6, 1)'`;
    const { handle } = await resource.launch(job(script, { memoryMb: 256 }));
    expect(await until(resource, handle)).toMatchObject({ state: 'failed' });
  });

  it('starts once, however often it is launched, and is found again by another gateway', async () => {
    const world = await createLocalResource();
    const inputs = [await world.put('input.txt', 'kept')];
    const once = job('echo started; until [ -e go ]; do sleep 0.05; done; cat input.txt', { inputs });
    expect(await world.resource.find(once)).toBeUndefined();
    const [first, second] = await Promise.all([world.resource.launch(once), world.create().launch(once)]);
    expect(second).toEqual(first);
    const again = world.create();
    expect(await again.find(once)).toEqual(first);
    expect(await again.launch(once)).toEqual(first);
    await until(again, first.handle, running);
    writeFileSync(join(world.directory, first.handle, 'work', 'go'), '');
    expect(await until(again, first.handle)).toMatchObject({ state: 'complete', exitCode: 0 });
    expect(readFileSync(join(world.directory, first.handle, 'stdout'), 'utf8')).toBe('started\nkept');
    expect(await again.launch(once)).toEqual(first);
  });

  it('waits while all slots are taken, and never starts when it is stopped before', async () => {
    const { resource, directory } = await createLocalResource({ slots: 1 });
    const one = await resource.launch(job('until [ -e go ]; do sleep 0.05; done'));
    await until(resource, one.handle, running);
    const two = await resource.launch(job('echo two'));
    const three = await resource.launch(job('echo three'));
    expect(await resource.status(two.handle)).toEqual({ state: 'pending' });
    await resource.stop(two.handle);
    expect(await until(resource, two.handle)).toMatchObject({ state: 'complete', reason: 'stopped' });
    writeFileSync(join(directory, one.handle, 'work', 'go'), '');
    expect(await until(resource, three.handle)).toMatchObject({ state: 'complete', exitCode: 0 });
    expect(readdirSync(join(directory, two.handle))).not.toContain('stdout');
  });

  it('ends and has failed when its supervisor is killed', async () => {
    const { resource } = await createLocalResource();
    const marker = `32${Date.now()}`;
    const { handle, resourceJobId } = await resource.launch(job(`setsid sleep ${marker} & sleep ${marker}`));
    await until(resource, handle, (status) => running(status) && living(`sleep ${marker}`).split('\n').length === 2);
    process.kill(resourceJobId, 'SIGKILL');
    await vi.waitUntil(() => living(`sleep ${marker}`) === '');
    expect(await until(resource, handle)).toMatchObject({
      state: 'failed',
      reason: 'the job ended without an exit code',
    });
  });
});
