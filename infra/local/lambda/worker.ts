import { enableCompileCache } from 'node:module';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { FromWorker, FunctionError, ToWorker, WorkerSettings } from './host.ts';
import { ownMemory } from './own-memory.ts';

// Main module of a function's thread or process. It loads the handler once and answers one invocation after another.

const settings: WorkerSettings = JSON.parse(process.argv[2] ?? '{}');
enableCompileCache(settings.cache);

function send(message: FromWorker): void {
  if (parentPort) parentPort.postMessage(message);
  else process.send?.(message);
}

type Handler = (event: unknown, context: object) => unknown;

async function load(): Promise<Handler> {
  const module: Record<string, unknown> = await import(pathToFileURL(settings.file).href);
  const handler = module[settings.handler];
  if (typeof handler !== 'function') throw new Error(`${settings.file} does not export ${settings.handler}`);
  return (event, context) => handler(event, context);
}

const loading = load();

async function invoke({ requestId, payload, deadline }: ToWorker): Promise<void> {
  const context = {
    awsRequestId: requestId,
    functionName: settings.name,
    functionVersion: '$LATEST',
    invokedFunctionArn: settings.arn,
    memoryLimitInMB: String(settings.memory),
    logGroupName: `/aws/lambda/${settings.name}`,
    logStreamName: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    const handler = await loading;
    const result = await handler(JSON.parse(payload), context);
    send({ requestId, payload: JSON.stringify(result ?? null) });
  } catch (error) {
    send({ requestId, error: describe(error) });
  }
}

function describe(error: unknown): FunctionError {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] };
}

if (parentPort) {
  parentPort.on('message', invoke);
} else {
  process.on('message', async (message: ToWorker) => {
    await invoke(message);
    send(ownMemory());
  });
  process.on('disconnect', () => process.exit());
  process.on('SIGINT', () => {}); // Ctrl-C goes to the whole group: the parent decides when this ends.
  setInterval(() => send(ownMemory()), 500).unref();
}
loading.catch(() => {}).finally(() => send({ ready: true })); // Why it did not load is the answer to each invocation.
