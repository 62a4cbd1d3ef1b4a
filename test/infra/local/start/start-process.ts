import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const script = fileURLToPath(new URL('../../../../infra/local/start.ts', import.meta.url));

export interface StartedProcess {
  child: ChildProcess;
  /** Everything that it wrote so far. */
  output(): string;
  /** The exit code, or the signal that ended it; after all its output has come. */
  ended: Promise<number | NodeJS.Signals | null>;
  /** Kills it and the processes of its group. */
  killGroup(): Promise<void>;
}

/** Runs `npm start`'s script in a process group of its own, which is killed when the test ends. */
export function start(options: string[], variables: Record<string, string> = {}): StartedProcess {
  const { DST_BASE_URL, DST_API_KEY, DST_API_KEY_FILE, ...environment } = process.env;
  const child = spawn(process.execPath, [script, ...options], {
    env: { ...environment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const killGroup = async () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
    await ended;
  };
  onTestFinished(killGroup);
  return { child, output: () => output, ended, killGroup };
}

/** The numbers of the processes that have a text in their command line. */
export function processesNaming(text: string): number[] {
  const running = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return running.filter((pid) => commandLine(pid).includes(text)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It ended in the meantime.
  }
}
