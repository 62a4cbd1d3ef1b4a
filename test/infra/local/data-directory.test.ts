import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { prepareDataDirectory, replaceFile } from '../../../infra/local/data-directory.ts';
import { lock } from '../../../infra/local/lock.ts';
import { useTemporaryDirectories } from './local-fixture.ts';
import { start } from './start/start-process.ts';

const temporaryDirectory = useTemporaryDirectories();
const lockModule = new URL('../../../infra/local/lock.ts', import.meta.url).href;
const isRoot = process.getuid?.() === 0;

describe('a data directory', () => {
  it('is made for its owner alone, and its parents too', () => {
    const parent = join(temporaryDirectory(), 'new');
    const directory = join(parent, 'data');
    expect(prepareDataDirectory(directory)).toBe(directory);
    for (const made of [parent, directory]) expect(statSync(made).mode & 0o777).toBe(0o700);
    expect(prepareDataDirectory(directory)).toBe(directory);
  });

  it('may be readable for others: what is written into it is not', () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o755);
    expect(prepareDataDirectory(directory)).toBe(directory);
  });

  it.each([0o775, 0o757, 0o777])('is refused when others may write to it: %o', (mode) => {
    const directory = temporaryDirectory();
    chmodSync(directory, mode);
    expect(() => prepareDataDirectory(directory)).toThrow(`chmod -R go-rwx '${directory}'`);
  });

  it('is refused when it is a link', () => {
    const link = join(temporaryDirectory(), 'link');
    symlinkSync(temporaryDirectory(), link);
    expect(() => prepareDataDirectory(link)).toThrow(`${link} is a symbolic link`);
  });

  it.each(['secrets.json.new', 'logs/poll.log', 's3'])('is refused when %s in it is a link', (name) => {
    const directory = temporaryDirectory();
    const target = join(temporaryDirectory(), 'target');
    mkdirSync(join(directory, 'logs'));
    symlinkSync(target, join(directory, name));
    expect(() => prepareDataDirectory(directory)).toThrow(`${join(directory, name)} is a symbolic link`);
    expect(existsSync(target)).toBe(false);
  });

  it('is refused when somebody else could have changed what is in it', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'lambda-worker.mjs'), 'evil');
    chmodSync(join(directory, 'lambda-worker.mjs'), 0o666);
    expect(() => prepareDataDirectory(directory)).toThrow(/lambda-worker.mjs can be written by others/);
  });

  it.runIf(isRoot)('is refused when it, or what is in it, belongs to somebody else', () => {
    const [theirs, mixed] = [temporaryDirectory(), temporaryDirectory()];
    chownSync(theirs, 65_534, 65_534);
    writeFileSync(join(mixed, 'secrets.json'), '{}');
    chownSync(join(mixed, 'secrets.json'), 65_534, 65_534);
    for (const directory of [theirs, mixed]) {
      expect(() => prepareDataDirectory(directory)).toThrow('belongs to user 65534, not to user 0');
    }
  });

  it.each([
    ['/proc/none', 'ENOENT'],
    ['/proc/none/deeper', 'ENOENT'],
    ['/dev/null', 'belongs|written by others'],
    ['/dev/null/data', 'ENOTDIR'],
  ])('is refused with the true reason: %s', (path, reason) => {
    expect(() => prepareDataDirectory(path)).toThrow(new RegExp(`data directory.*${path}.*(${reason})`));
  });

  it('is refused when it is a file', () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '', { mode: 0o600 });
    expect(() => prepareDataDirectory(file)).toThrow(`${file} is no directory`);
  });

  it('gets files that are new, whatever lies where they are made', () => {
    const [directory, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
    const target = join(elsewhere, 'target');
    writeFileSync(target, 'mine');
    symlinkSync(target, join(directory, 'secrets.json.new'));
    replaceFile(join(directory, 'secrets.json'), 'secret');
    expect(readFileSync(target, 'utf8')).toBe('mine');
    expect(lstatSync(join(directory, 'secrets.json'))).toMatchObject({ mode: 0o100600 });
  });
});

describe('npm start', () => {
  it('says what is wrong with a directory, and writes nothing there', async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o777);
    const refused = start(['--data-dir', directory]);
    expect(await refused.ended).toBe(2);
    expect(refused.output()).toContain(`${directory} can be written by others`);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe('the lock of a data directory', () => {
  it('is free when its holder was killed', async () => {
    const directory = temporaryDirectory();
    const script = `import { lock } from ${JSON.stringify(lockModule)}; globalThis.held = lock(${JSON.stringify(directory)}); console.log(); setInterval(() => {}, 1000)`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void holder.kill('SIGKILL'));
    await once(holder.stdout, 'data');
    expect(() => lock(directory)).toThrow(`in use by process ${holder.pid}`);

    holder.kill('SIGKILL');
    await once(holder, 'exit');
    lock(directory)[Symbol.dispose]();
  });

  it('is taken by one of two that want it at the same time', async () => {
    const directories = Array.from({ length: 200 }, temporaryDirectory);
    const arrived = new Int32Array(new SharedArrayBuffer(4 * directories.length));
    const workers = [1, 2].map(
      () =>
        new Worker(new URL('take-locks.ts', import.meta.url), {
          workerData: { directories, arrived },
          env: { ...process.env, NODE_OPTIONS: '' },
        }),
    );
    const taken = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0] as string[]));
    expect(taken.flat().sort()).toEqual(directories.toSorted());
  });
});
