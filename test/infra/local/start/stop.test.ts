import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';

const stop = new URL('../../../../infra/terminal/stop.ts', import.meta.url).href;
const program = `
const { untilStopped } = await import('${stop}');
const { signal } = untilStopped();
let signals = 0;
signal.addEventListener('abort', () => console.log('stopping: ' + signal.reason));
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.log('signal ' + ++signals));
setInterval(() => {}, 1_000);
console.log('running ' + process.pid);
`;

describe('a start', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is stopped by %s', async (signal) => {
    const { child, next } = await begin();
    child.kill(signal);
    expect(await next()).toBe(`stopping: ${signal}`);
  });

  it('takes what npm passes on for the same signal, and ends at once at another one', async () => {
    const { child, next } = await begin();
    child.kill('SIGINT');
    expect([await next(), await next()]).toEqual(['stopping: SIGINT', 'signal 1']);
    child.kill('SIGINT');
    expect(await next()).toBe('signal 2');
    const exit = once(child, 'exit');
    const again = setInterval(() => child.kill('SIGINT'), 100);
    onTestFinished(() => clearInterval(again));
    expect(await exit).toEqual([130, null]);
  });

  it('is stopped when the shell that npm started it with is gone', async () => {
    const { child, next } = await begin('sh', [
      '-c',
      `"$0" --input-type=module -e "$1"; exit $?`,
      process.execPath,
      program,
    ]);
    child.kill('SIGTERM');
    expect(await next()).toBe('stopping: npm ended');
  });
});

async function begin(command = process.execPath, args = ['--input-type=module', '-e', program]) {
  const env = { ...process.env, npm_lifecycle_event: 'start' };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  const pid = Number((await next())?.split(' ')[1]);
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  });
  return { child, next };
}
