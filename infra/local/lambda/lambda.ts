import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { account, type Resource, region } from '../resources.ts';
import { type HostOptions, type Outcome, startHost } from './host.ts';
import { createPool } from './pool.ts';

/** What a new AWS account may be allowed; the functions behind a queue have the maximum concurrency of its mapping. */
const defaultConcurrency = 10;
/** A function that may run longer than this (in seconds) has a process of its own, whose memory is measured. */
const longRunning = 300;

const functionSchema = z.object({
  Description: z.string().optional(),
  Code: z.object({ S3Key: z.string() }),
  Handler: z.templateLiteral([z.string(), '.', z.string()]),
  MemorySize: z.int().default(128),
  Timeout: z.int().default(3),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).default({ Variables: {} }),
});
export type FunctionProperties = z.infer<typeof functionSchema>;

export function parseFunction({ properties }: Resource): FunctionProperties {
  return functionSchema.parse(properties);
}

/** Compiles what runs inside every environment, once: Node would strip its types again in every thread, 35 ms each. */
export function compileWorker(directory: string): string {
  const outfile = join(directory, 'lambda-worker.mjs');
  const source = fileURLToPath(new URL('./worker.ts', import.meta.url));
  buildSync({ entryPoints: [source], outfile, bundle: true, format: 'esm', platform: 'node', target: 'node24' });
  return outfile;
}

export interface LambdaFunction {
  /** What its description ends with: of `projects/create-project` it is `create-project`. */
  readonly name: string;
  /** How many invocations it has now. */
  readonly running: number;
  /** In bytes, of a function in a process of its own: of its latest report, and the most of any of its processes. */
  readonly memory: { rss: number; maxRss: number };
  invoke(payload: unknown): Promise<Outcome>;
  /** Waits until an invocation would begin at once. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface FunctionOptions {
  id: string;
  properties: FunctionProperties;
  assets: Map<string, string>;
  /** Everything the function sees as its environment. */
  environment: Record<string, string>;
  dataDirectory: string;
  script: string;
  /** The most invocations at a time; more wait. */
  concurrency: number | undefined;
  onLog: ((line: string) => void) | undefined;
}

/** A function of the template, which writes what it prints to `logs/<name>.log`. */
export function createFunction(options: FunctionOptions): LambdaFunction {
  const { properties, dataDirectory, concurrency = defaultConcurrency, onLog } = options;
  const name = properties.Description?.split('/').at(-1) || options.id;
  const memory = { rss: 0, maxRss: 0 };
  const logs = join(dataDirectory, 'logs');
  mkdirSync(logs, { recursive: true });
  const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' });
  // A write for each line would take more of the processor than the lines' making.
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
