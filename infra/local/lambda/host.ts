import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { ownNode } from '../own-node.ts';

export interface WorkerSettings {
  file: string;
  handler: string;
  name: string;
  arn: string;
  /** In MB. */
  memory: number;
  /** Directory of the compile cache: with it a cold start takes two thirds of the time. */
  cache: string;
}

export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

/** `deadline` is in ms since the epoch. */
export type ToWorker = { requestId: string; payload: string; deadline: number };
/** Memory is in bytes. */
export type FromWorker =
  | { ready: true }
  | { requestId: string; payload: string }
  | { requestId: string; error: FunctionError }
  | { rss: number; maxRss: number };

/** The answer to an invocation, like Lambda's: a JSON text, and whether it is an error of the function. */
export interface InvocationResult {
  requestId: string;
  payload: string;
  functionError?: FunctionError;
}

export interface HostOptions extends WorkerSettings {
  /** The compiled `lambda-worker`. */
  script: string;
  environment: Record<string, string>;
  timeoutSeconds: number;
  /** In a process of its own, whose memory can be measured, instead of a thread. */
  ownProcess: boolean;
  onOutput: (output: Readable) => void;
  onMemory: (rss: number, maxRss: number) => void;
}

/** One execution environment of a function: at most one invocation at a time. */
export interface Host {
  readonly ended: boolean;
  run(payload: string): Promise<InvocationResult>;
  end(): Promise<void>;
}

interface Channel {
  send(message: ToWorker): void;
  kill(): void;
}

/** Starts a function in its own thread or process. The reason for an early end becomes the answer to its invocation. */
export function startHost(options: HostOptions): Host {
  const ready = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();
  let ended = false;
  let settle: ((answer: Omit<InvocationResult, 'requestId'>) => void) | undefined;

  const fail = (functionError: FunctionError) => settle?.({ payload: JSON.stringify(functionError), functionError });
  const channel = (options.ownProcess ? openProcess : openThread)(options, {
    onMessage(message) {
      if ('ready' in message) ready.resolve();
      else if ('rss' in message) options.onMemory(message.rss, message.maxRss);
      else if ('error' in message) fail(message.error);
      else settle?.({ payload: message.payload });
    },
    onExit(reason) {
      ended = true;
      fail(reason);
      ready.resolve();
      exited.resolve();
    },
  });

  return {
    get ended() {
      return ended;
    },
    async run(payload) {
      const requestId = randomUUID();
      const answer = Promise.withResolvers<Omit<InvocationResult, 'requestId'>>();
      settle = answer.resolve;
      await ready.promise; // Loading does not count as running time: Lambda has a separate init phase of 10 s.
      const timer = setTimeout(() => {
        fail(timedOut(requestId, options.timeoutSeconds));
        ended = true;
        channel.kill();
      }, options.timeoutSeconds * 1000);
      if (!ended) channel.send({ requestId, payload, deadline: Date.now() + options.timeoutSeconds * 1000 });
      const outcome = await answer.promise;
      clearTimeout(timer);
      settle = undefined;
      return { requestId, ...outcome };
    },
    async end() {
      ended = true;
      channel.kill();
      await exited.promise;
    },
  };
}

interface Listener {
  onMessage(message: FromWorker): void;
  onExit(reason: FunctionError): void;
}

function openThread(options: HostOptions, { onMessage, onExit }: Listener): Channel {
  const worker = new Worker(options.script, {
    argv: [settingsOf(options)],
    env: options.environment,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.memory, maxYoungGenerationSizeMb: 48 },
    stdout: true,
    stderr: true,
  });
  options.onOutput(worker.stdout);
  options.onOutput(worker.stderr);
  let reason: FunctionError | undefined;
  worker.on('message', onMessage);
  worker.on('error', (error) => {
    reason = errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory : exitError(`${error}`);
  });
  worker.on('exit', (code) => onExit(reason ?? exitError(`exit status ${code}`)));
  return { send: (message) => worker.postMessage(message), kill: () => void worker.terminate() };
}

function openProcess(options: HostOptions, { onMessage, onExit }: Listener): Channel {
  const child = fork(options.script, [settingsOf(options)], {
    execPath: ownNode,
    env: options.environment,
    execArgv: [`--max-old-space-size=${options.memory}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  if (child.stdout) options.onOutput(child.stdout);
  if (child.stderr) options.onOutput(child.stderr);
  child.on('message', (message: FromWorker) => onMessage(message));
  child.on('error', (error) => onExit(exitError(error.message)));
  child.on('exit', (code, signal) => {
    const text = signal ? `signal: ${signal}` : `exit status ${code}`;
    onExit(signal === 'SIGABRT' ? outOfMemory : exitError(text)); // V8 aborts when its heap is full.
  });
  return { send: (message) => child.send(message), kill: () => child.kill('SIGKILL') };
}

function settingsOf({ file, handler, name, arn, memory, cache }: HostOptions): string {
  return JSON.stringify({ file, handler, name, arn, memory, cache } satisfies WorkerSettings);
}

const outOfMemory = exitError('signal: killed', 'Runtime.OutOfMemory');

function exitError(how: string, errorType = 'Runtime.ExitError'): FunctionError {
  return { errorType, errorMessage: `Error: Runtime exited with error: ${how}` };
}

function timedOut(requestId: string, seconds: number): FunctionError {
  const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`;
  return { errorType: 'Sandbox.Timedout', errorMessage };
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
