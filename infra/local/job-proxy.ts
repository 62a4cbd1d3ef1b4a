import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { openLog } from './log.ts';
import { nameOf, type Resources } from './resources.ts';
import { readDefinition, type TasksOptions } from './steps/ecs.ts';

const serviceSchema = z.object({ TaskDefinition: z.string(), DesiredCount: z.literal(1) });
const messageSchema = z.object({ port: z.number() });

/** Milliseconds until the proxy is started again. */
const restartPause = 1_000;

/**
 * Runs the proxy to interactive jobs in a thread: the program of the template's service, with the task's own environment. It is
 * started again at the same port when it ends, as a service does.
 *
 * @returns its URL; undefined when the template has no service
 * @throws ConfigurationError when the proxy does not start
 */
export async function startJobProxy(
  resources: Resources,
  options: Omit<TasksOptions, 'definitions'>,
  started: AsyncDisposableStack,
): Promise<{ url: string } | undefined> {
  const [service] = resources.of('AWS::ECS::Service');
  if (!service) return undefined;
  const { TaskDefinition } = serviceSchema.parse(service.properties);
  const resource = resources.of('AWS::ECS::TaskDefinition').find(({ id }) => id === nameOf(TaskDefinition));
  if (!resource) throw new ConfigurationError(`There is no task definition ${TaskDefinition}`);
  const { file, name, memory, environment } = readDefinition(resource, options);
  const output = openLog(options.dataDirectory, name);
  let stopped = false;
  let worker: Worker | undefined;
  let port = 0;

  const run = (): Promise<number> => {
    const listening = Promise.withResolvers<number>();
    worker = new Worker(file, {
      env: { ...environment, JOB_PROXY_ADDRESS: `127.0.0.1:${port}` },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: memory },
      stdout: true,
      stderr: true,
    });
    for (const stream of [worker.stdout, worker.stderr]) {
      stream.pipe(output, { end: false });
      const { onLog } = options;
      if (onLog) createInterface({ input: stream }).on('line', (line) => onLog(`${name} ${line}`));
    }
    worker.on('message', (message) => listening.resolve(messageSchema.parse(message).port));
    worker.on('error', (error) => listening.reject(new ConfigurationError(`${name}: ${error.message}`)));
    worker.on('exit', () => {
      listening.reject(new ConfigurationError(`${name} has ended`));
      // Without a port it never began.
      if (!stopped && port !== 0) setTimeout(() => void run().catch(() => {}), restartPause).unref();
    });
    return listening.promise;
  };

  port = await run();
  started.defer(async () => {
    stopped = true;
    await worker?.terminate();
    output.end();
  });
  return { url: `http://localhost:${port}` };
}
