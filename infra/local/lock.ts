import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { codeOf } from './data-directory.ts';

/**
 * Makes this process the only one that uses a data directory.
 * @returns what gives the directory up again
 * @throws ConfigurationError when a process that is still alive uses it
 */
export function lock(directory: string): Disposable {
  const file = join(directory, 'lock');
  const mine = `${process.pid} ${statusOf(process.pid).start}`;
  try {
    writeFileSync(file, mine, { flag: 'wx' });
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
    const [pid = '', start = ''] = readFileSync(file, 'utf8').split(' ');
    if (isAlive(Number(pid)) && start === statusOf(Number(pid)).start) {
      throw new ConfigurationError(`${directory} is in use by process ${pid}`, { cause });
    }
    writeFileSync(file, mine);
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0) && !statusOf(pid).over;
  } catch {
    return false; // No such process, or one of somebody else's, which can't be a gateway on our data.
  }
}

/**
 * When a process started, in clock ticks since boot: numbers of processes come round again, in containers at once. And whether it
 * has ended, though its parent has not asked for its exit code yet: a zombie.
 */
function statusOf(pid: number): { start: string; over: boolean } {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
    const fields = afterName.split(' ');
    return { start: fields[19] ?? '', over: /[ZX]/.test(fields[0] ?? '') };
  } catch {
    return { start: '', over: false }; // No /proc here: the number alone has to do.
  }
}
