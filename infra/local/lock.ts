import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { codeOf } from './data-directory.ts';

/**
 * Locks a data directory for this process.
 * @returns a disposable that releases the lock
 * @throws ConfigurationError if a running process uses it
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
    return false; // No such process, or a process of another user, which cannot be a gateway on our data.
  }
}

/**
 * The start of a process in clock ticks since boot, because process ids are reused, in containers at once; and whether the
 * process is a zombie, which has ended but whose parent has not read the exit code.
 */
function statusOf(pid: number): { start: string; over: boolean } {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
    const fields = afterName.split(' ');
    return { start: fields[19] ?? '', over: /[ZX]/.test(fields[0] ?? '') };
  } catch {
    return { start: '', over: false }; // Without /proc only the process id is known.
  }
}
