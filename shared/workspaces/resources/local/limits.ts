import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { JobToRun } from '../resource.ts';

/**
 * Wraps a job's command: each process has the job's memory as its limit of data, cores times the time limit as its processor
 * time, no core files, and less weight than the gateway's.
 */
export async function limits(job: JobToRun, command: readonly string[]): Promise<string[]> {
  const memory = job.memoryMb * 1024 ** 2;
  const seconds = Math.ceil(job.cores * job.timeLimitMinutes * 60);
  const limited = ['prlimit', `--data=${memory}`, `--cpu=${seconds}`, '--core=0', '--', 'nice', '-n', '10', ...command];
  return (await hasNamespaces()) ? [...namespace, ...limited] : limited;
}

/**
 * A PID namespace: the kernel kills all its processes with the first one, also those that left the process group, and they see no
 * process outside. The shell in front takes the part of `init`, whose signals have no default action.
 */
const namespace = [
  ...(process.getuid?.() === 0 ? ['unshare'] : ['unshare', '--user', '--map-root-user']),
  ...['--pid', '--fork', '--kill-child', '--mount-proc', '--'],
  ...['/bin/sh', '-c', '"$@"; exit $?', 'init'],
];

let available: Promise<boolean> | undefined;

function hasNamespaces(): Promise<boolean> {
  available ??= endsWell([...namespace, 'true']);
  return available;
}

async function endsWell([command = '', ...parameters]: readonly string[]): Promise<boolean> {
  const child = spawn(command, parameters, { stdio: 'ignore' });
  const [code] = await Promise.race([once(child, 'exit'), once(child, 'error').then(() => [1])]);
  return code === 0;
}
