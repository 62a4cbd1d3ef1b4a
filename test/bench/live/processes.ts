import { readdirSync, readFileSync } from 'node:fs';

/**
 * Bytes of memory that a process and its children hold (proc_pid_status(5)).
 *
 * @param without processes that do not count, with their children
 */
export function memoryOf(pid: number, without: readonly number[] = []): number {
  if (without.includes(pid)) return 0;
  const [, kilobytes = 0] = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`)) ?? [];
  return childrenOf(pid).reduce((sum, child) => sum + memoryOf(child, without), Number(kilobytes) * 1_024);
}

/** Milliseconds of a processor, by what they were spent on. */
export type ProcessorTime = Record<string, number>;

/** Parts of a gateway: a pattern of a process's command line and the name of its thread. */
const parts: readonly [part: string, pattern: RegExp][] = [
  ['DynamoDB', /dynoxide|dynamodb-front/],
  ['garbage collection', / V8Worker$/],
  ['watch', /lambda-worker/],
  ['functions', / WorkerThread$/],
  ['API Gateway', /bench/],
];

/** Clock ticks of proc_pid_stat(5), in milliseconds. */
const tick = 10;

/** Time that a gateway has used in this process and its children, by its parts. */
export function processorTime(without: readonly number[], pid = process.pid, times: ProcessorTime = {}): ProcessorTime {
  if (without.includes(pid)) return times;
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  for (const thread of threadsOf(pid)) {
    const [, name = '', rest = ''] = /\((.*)\) (.*)/s.exec(read(`/proc/${pid}/task/${thread}/stat`)) ?? [];
    const [user = 0, system = 0] = rest.split(' ').slice(11, 13).map(Number);
    const [part = 'others'] = parts.find(([, pattern]) => pattern.test(`${command} ${name}`)) ?? [];
    times[part] = (times[part] ?? 0) + (user + system) * tick;
  }
  for (const child of childrenOf(pid)) processorTime(without, child, times);
  return times;
}

const childrenOf = (pid: number): number[] =>
  threadsOf(pid).flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Nothing of a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
