import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { type Host, type HostOptions, type Outcome, startHost } from './lambda-host.ts';
import { idleShare } from './processors.ts';
import { account, type Resource, region } from './resources.ts';

/** What a new AWS account may be allowed; the functions behind a queue have the maximum concurrency of its mapping. */
const defaultConcurrency = 10;
/** A function that may run longer than this (in seconds) has a process of its own, whose memory is measured. */
const longRunning = 300;
/**
 * How long (in ms) to wait for a busy environment before one more is started, while the processors have time for it: a start
 * takes 100 ms of one, some 40 MB, and much more of both until the code is warm.
 */
const patience = 250;
/** How long (in ms) to wait when the processors have no time. */
const longWait = 5_000;
/** An environment that nobody used for so long (in ms) is ended. */
const idleTime = 120_000;

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
  const source = new URL('./lambda-worker.ts', import.meta.url).pathname;
  buildSync({ entryPoints: [source], outfile, format: 'esm', platform: 'node', target: 'node24' });
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
  onLog: (line: string) => void;
}

/** A function of the template. Environments are started as concurrent invocations need them, and used again. */
export function createFunction(options: FunctionOptions): LambdaFunction {
  const { concurrency = defaultConcurrency } = options;
  const name = options.properties.Description?.split('/').at(-1) || options.id;
  const memory = { rss: 0, maxRss: 0 };
  const hostOptions = hostOptionsOf(options, name, memory);
  const hosts = new Set<Host>();
  const idle: { host: Host; timer: NodeJS.Timeout }[] = [];
  const waiting = new Set<() => void>();
  let running = 0;

  async function acquire(): Promise<Host> {
    for (const start = performance.now(); ; await anyReleased()) {
      const host = takeIdle();
      if (host) return host;
      if (hosts.size === 0 || (hosts.size < concurrency && isWorthOneMore(performance.now() - start))) break;
    }
    const host = startHost(hostOptions);
    hosts.add(host);
    return host;
  }

  function isWorthOneMore(waited: number): boolean {
    return waited >= longWait || (waited >= patience && (hostOptions.ownProcess || idleShare() > 0.2));
  }

  function takeIdle(): Host | undefined {
    for (let next = idle.pop(); next; next = idle.pop()) {
      clearTimeout(next.timer);
      if (!next.host.ended) return next.host;
      hosts.delete(next.host);
    }
  }

  /** Waits until an environment comes free, or patience runs out. */
  function anyReleased(): Promise<void> {
    return new Promise((done) => {
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        done();
      };
      const timer = setTimeout(wake, patience);
      waiting.add(wake);
    });
  }

  function release(host: Host): void {
    if (host.ended) hosts.delete(host);
    else idle.push({ host, timer: setTimeout(() => void host.end(), idleTime).unref() });
    const [first] = waiting;
    first?.();
  }

  return {
    name,
    memory,
    get running() {
      return running;
    },
    async invoke(payload) {
      running++;
      try {
        const host = await acquire();
        const outcome = await host.run(JSON.stringify(payload ?? null));
        release(host);
        return outcome;
      } finally {
        running--;
      }
    },
    async stop() {
      for (const { timer } of idle) clearTimeout(timer);
      await Promise.all([...hosts].map((host) => host.end()));
    },
  };
}

function hostOptionsOf(options: FunctionOptions, name: string, memory: LambdaFunction['memory']): HostOptions {
  const { id, properties, assets, dataDirectory, onLog } = options;
  const directory = assets.get(properties.Code.S3Key);
  if (!directory) throw new ConfigurationError(`The assembly has no asset for the code of ${id}`);
  const [module = '', handler = ''] = properties.Handler.split('.');
  const file = ['.mjs', '.js'].map((extension) => join(directory, module + extension)).find(existsSync);
  if (!file) throw new ConfigurationError(`The code of ${id} has no ${module}.mjs`);

  const logs = join(dataDirectory, 'logs');
  mkdirSync(logs, { recursive: true });
  const log = createWriteStream(join(logs, `${name}.log`), { flags: 'a' });
  return {
    file,
    handler,
    name: id,
    arn: `arn:aws:lambda:${region}:${account}:function:${id}`,
    memory: properties.MemorySize,
    cache: join(dataDirectory, 'compile-cache'),
    script: options.script,
    environment: options.environment,
    timeoutSeconds: properties.Timeout,
    ownProcess: properties.Timeout > longRunning,
    onOutput: (output) =>
      createInterface({ input: output }).on('line', (line) => {
        log.write(`${line}\n`);
        onLog(`${name} ${line}`);
      }),
    onMemory(rss, maxRss) {
      memory.rss = rss;
      memory.maxRss = Math.max(memory.maxRss, maxRss);
    },
  };
}
