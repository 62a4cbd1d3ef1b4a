import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { openLog } from '../log.ts';
import { account, region, type ServedResource } from '../resources.ts';
import { type HostOptions, type InvocationResult, startHost } from './host.ts';
import { createPool } from './pool.ts';

/** Concurrency that a new AWS account may have. Queue consumers have the maximum concurrency of their mapping. */
const defaultConcurrency = 10;
/** A function with a longer timeout (in seconds) has its own process, whose memory is measured. */
const longRunning = 600;

const functionSchema = z.object({
  Description: z.string().optional(),
  Code: z.object({ S3Key: z.string() }),
  Handler: z.templateLiteral([z.string(), '.', z.string()]),
  MemorySize: z.int().default(128),
  Timeout: z.int().default(3),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).default({ Variables: {} }),
});
export type FunctionProperties = z.infer<typeof functionSchema>;

const runtimeSchema = z.object({ Runtime: z.string() });

/** Whether a function is the gateway's own, and none of those by which the CDK uploads files. */
export const isOwn = ({ properties }: ServedResource): boolean =>
  runtimeSchema.parse(properties).Runtime.startsWith('nodejs');

export function parseFunction({ properties }: ServedResource): FunctionProperties {
  return functionSchema.parse(properties);
}

/** Compiles the worker of the environments once: Node would strip its types again in every thread, 35 ms each. */
export function compileWorker(directory: string): string {
  const outfile = join(directory, 'lambda-worker.mjs');
  const source = fileURLToPath(new URL('./worker.ts', import.meta.url));
  buildSync({ entryPoints: [source], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node24' });
  return outfile;
}

export interface LambdaFunction {
  /** The last part of its description: `create-project` for `projects/create-project`. */
  readonly name: string;
  readonly arn: string;
  /** Number of running invocations. */
  readonly running: number;
  /** In bytes, for a function in its own process: the latest report, and the maximum of all its processes. */
  readonly memory: { rss: number; maxRss: number };
  invoke(payload: unknown): Promise<InvocationResult>;
  /** Waits until an invocation could start at once. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface FunctionOptions {
  id: string;
  properties: FunctionProperties;
  assets: Map<string, string>;
  /** The function's whole environment. */
  environment: Record<string, string>;
  dataDirectory: string;
  script: string;
  /** Most concurrent invocations; others wait. */
  concurrency: number | undefined;
  onLog: ((line: string) => void) | undefined;
}

/** A function of the template. Its output goes to `logs/<name>.log`. */
export function createFunction(options: FunctionOptions): LambdaFunction {
  const { properties, dataDirectory, concurrency = defaultConcurrency, onLog } = options;
  const name = properties.Description?.split('/').at(-1) || options.id;
  const memory = { rss: 0, maxRss: 0 };
  const log = openLog(dataDirectory, name);
  // Writing each line separately would take more processor time than creating the lines.
  const append = (chunk: Buffer) => {
    if (log.writableEnded) return;
    if (log.writableCorked === 0) {
      log.cork();
      setTimeout(() => log.uncork(), 20);
    }
    log.write(chunk);
  };
  const hostOptions: HostOptions = {
    ...hostSettings(options),
    onOutput(output) {
      output.on('data', (chunk) => append(chunk));
      if (onLog) createInterface({ input: output }).on('line', (line) => onLog(`${name} ${line}`));
    },
    onMemory(rss, maxRss) {
      memory.rss = rss;
      memory.maxRss = Math.max(memory.maxRss, maxRss);
    },
  };
  const pool = createPool({ start: () => startHost(hostOptions), size: concurrency });
  let running = 0;

  return {
    name,
    arn: hostOptions.arn,
    memory,
    get running() {
      return running;
    },
    async invoke(payload) {
      running++;
      try {
        const host = await pool.acquire();
        const outcome = await host.run(JSON.stringify(payload ?? null));
        pool.release(host);
        return outcome;
      } finally {
        running--;
      }
    },
    ready: () => pool.ready(),
    async stop() {
      await pool.stop();
      log.end();
    },
  };
}

function hostSettings(options: FunctionOptions): Omit<HostOptions, 'onOutput' | 'onMemory'> {
  const { id, properties, assets, dataDirectory, script, environment } = options;
  const directory = assets.get(properties.Code.S3Key);
  if (!directory) throw new ConfigurationError(`The assembly has no asset for the code of ${id}`);
  const [module = '', handler = ''] = properties.Handler.split('.');
  const file = ['.mjs', '.js'].map((extension) => join(directory, module + extension)).find(existsSync);
  if (!file) throw new ConfigurationError(`The code of ${id} has no ${module}.mjs`);
  return {
    file,
    handler,
    name: id,
    arn: `arn:aws:lambda:${region}:${account}:function:${id}`,
    memory: properties.MemorySize,
    cache: join(dataDirectory, 'compile-cache'),
    script,
    environment,
    timeoutSeconds: properties.Timeout,
    ownProcess: properties.Timeout > longRunning,
  };
}
