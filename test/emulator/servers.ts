import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { region } from '../../infra/local/resources.ts';
import { TransientError } from '../../shared/platform/errors.ts';

export interface Server extends AsyncDisposable {
  endpoint: string;
}

/** Starts ministack, an emulator of AWS that runs Lambda functions as processes of this machine. @param directory for its files */
export function startMinistack(python: string, directory: string): Promise<Server> {
  return start(directory, (port) => ({
    command: python,
    parameters: [join(import.meta.dirname, 'serve.py')],
    environment: {
      GATEWAY_PORT: `${port}`,
      BIND_HOST: '127.0.0.1',
      MINISTACK_HOST: '127.0.0.1',
      MINISTACK_REGION: region,
      AWS_DEFAULT_REGION: region,
      LOG_LEVEL: 'WARNING',
      PYTHONDONTWRITEBYTECODE: '1',
    },
  }));
}

/** Starts the Versity S3 Gateway over a directory. */
export function startVersitygw(program: string, directory: string): Promise<Server> {
  const [objects, metadata] = [join(directory, 'objects'), join(directory, 'metadata')];
  mkdirSync(objects);
  mkdirSync(metadata);
  return start(directory, (port) => ({
    command: program,
    parameters: `--port 127.0.0.1:${port} --region ${region} --keep-alive --quiet posix`
      .split(' ')
      .concat('--sidecar', metadata, objects),
    // The credentials that the tests have.
    environment: { ROOT_ACCESS_KEY: 'any', ROOT_SECRET_KEY: 'any' },
  }));
}

/** Starts DynamoDB Local, which keeps its tables in memory. */
export function startDynamoDbLocal(libraries: string, directory: string): Promise<Server> {
  return start(directory, (port) => ({
    command: 'java',
    parameters:
      `-Djava.library.path=${libraries} -cp ${libraries}/* com.amazonaws.services.dynamodbv2.local.main.ServerRunner`
        .split(' ')
        .concat(`-inMemory -sharedDb -disableTelemetry -port ${port}`.split(' ')),
    environment: {},
  }));
}

interface Program {
  command: string;
  parameters: string[];
  environment: Record<string, string>;
}

const startTimeout = 60_000;

/** Starts a server in a process group of its own, so that what it starts itself ends with it. */
async function start(directory: string, programAt: (port: number) => Program): Promise<Server> {
  const port = await freePort();
  const { command, parameters, environment } = programAt(port);
  const child = spawn(command, parameters, {
    cwd: directory,
    detached: true,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: directory, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  const end = (signal: NodeJS.Signals) => void (child.pid && isRunning(child) && process.kill(-child.pid, signal));
  const kill = () => end('SIGKILL');
  process.once('exit', kill);
  const endpoint = `http://127.0.0.1:${port}`;
  const server = {
    endpoint,
    async [Symbol.asyncDispose]() {
      process.off('exit', kill);
      end('SIGTERM');
      const timer = setTimeout(kill, 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
  const signal = AbortSignal.timeout(startTimeout);
  while (!(await answers(endpoint))) {
    if (signal.aborted || !isRunning(child)) throw new TransientError(`${command} did not start`);
    await delay(50);
  }
  return server;
}

const isRunning = ({ exitCode, signalCode }: { exitCode: number | null; signalCode: string | null }) =>
  exitCode === null && signalCode === null;

async function answers(endpoint: string): Promise<boolean> {
  try {
    await (await fetch(endpoint, { signal: AbortSignal.timeout(2_000) })).text();
    return true;
  } catch {
    return false; // Not listening yet: the caller asks again until its time is up.
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
