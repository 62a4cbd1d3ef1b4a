import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ConfigurationError, TransientError } from '../../../shared/platform/errors.ts';

const startTimeout = 15_000;

/** A running dynoxide: a DynamoDB on SQLite, in its own process, that accepts all requests. */
export interface Dynoxide extends AsyncDisposable {
  host: string;
  port: number;
  /** Resolves when the process has ended. */
  ended: Promise<void>;
}

/**
 * Starts dynoxide.
 * @param directory directory of the database, which then survives a kill; without one the database is in memory
 * @throws ConfigurationError on a platform that it isn't built for
 */
export async function startDynoxide(host: string, directory?: string): Promise<Dynoxide> {
  const kept = directory && { database: join(directory, 'dynamodb.sqlite'), pidFile: join(directory, 'dynamodb.pid') };
  if (kept) await endLeftover(kept);

  const port = await freePort(host);
  const options = ['serve', '--host', host, '--port', `${port}`, ...(kept ? ['--db-path', kept.database] : [])];
  const child = spawn('sh', ['-c', dieWithParent, 'sh', binary(), ...options], {
    detached: true,
    env: { PATH: process.env.PATH },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = new Promise<void>((end) => child.once('exit', () => end()));
  if (kept) writeFileSync(kept.pidFile, `${child.pid}`);
  await untilServing(`http://${host}:${port}`, () => child.exitCode !== null);
  return {
    host,
    port,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
      await ended;
      clearTimeout(timer);
      child.stdin?.destroy();
      if (kept) rmSync(kept.pidFile, { force: true });
    },
  };
}

/**
 * Standard input is a pipe that the system closes however this process ends. The server is killed then, which its database
 * tolerates.
 */
const dieWithParent = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL $$) 2>/dev/null & exec "$@" 3<&- </dev/null';

function binary(): string {
  try {
    return fileURLToPath(import.meta.resolve('@dynoxide/linux-x64/dynoxide'));
  } catch (cause) {
    throw new ConfigurationError(
      'The embedded DynamoDB runs on Linux x64 only: set DYNAMODB_ENDPOINT to a DynamoDB-compatible endpoint, such as DynamoDB Local',
      { cause },
    );
  }
}

async function endLeftover({ database, pidFile }: { database: string; pidFile: string }): Promise<void> {
  if (!existsSync(pidFile)) return;
  const commandLine = `/proc/${Number(readFileSync(pidFile, 'utf8'))}/cmdline`;
  const running = () => existsSync(commandLine) && readFileSync(commandLine, 'utf8').includes(database);
  for (let tries = 0; running() && tries < 100; tries++) {
    process.kill(Number(readFileSync(pidFile, 'utf8')), tries < 50 ? 'SIGTERM' : 'SIGKILL');
    await delay(50);
  }
}

function freePort(host: string): Promise<number> {
  return new Promise((done, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => done(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}

async function untilServing(endpoint: string, ended: () => boolean): Promise<void> {
  const signal = AbortSignal.timeout(startTimeout);
  while (!(await answers(endpoint, signal)) || ended()) {
    if (ended() || signal.aborted) throw new TransientError('The embedded DynamoDB did not start');
    await delay(10);
  }
}

async function answers(endpoint: string, signal: AbortSignal): Promise<boolean> {
  try {
    await (await fetch(endpoint, { signal })).text();
    return true;
  } catch {
    return false; // Not listening yet; the caller tries again until its time is up.
  }
}
