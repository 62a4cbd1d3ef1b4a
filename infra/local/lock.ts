import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../../shared/platform/errors.ts';

/**
 * Makes this process the only one that uses a data directory.
 * @returns what gives the directory up again
 * @throws ConfigurationError when a process that is still alive uses it
 */
export function lock(directory: string): Disposable {
  const file = join(directory, 'lock');
  const mine = `${process.pid} ${startOf(process.pid)}`;
  try {
    writeFileSync(file, mine, { flag: 'wx' });
  } catch (cause) {
    const [pid = '', start = ''] = readFileSync(file, 'utf8').split(' ');
    if (isAlive(Number(pid)) && start === startOf(Number(pid))) {
      throw new ConfigurationError(`${directory} is in use by process ${pid}`, { cause });
    }
    writeFileSync(file, mine);
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false; // No such process, or one of somebody else's, which can't be a gateway on our data.
  }
}

/** When a process started, in clock ticks since boot: numbers of processes come round again, in containers at once. */
function startOf(pid: number): string {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
    return afterName.split(' ')[19] ?? '';
  } catch {
    return ''; // No /proc here: the number alone has to do.
  }
}
