import { setTimeout as delay } from 'node:timers/promises';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { type Resources, region } from '../resources.ts';
import { type EventSource, parseEventSource } from './event-source.ts';
import type { InvocationResult } from './host.ts';
import { compileWorker, createFunction, isOwn, type LambdaFunction, parseFunction } from './lambda.ts';

/** Time for running invocations to end when the gateway stops, in ms. */
const stopTime = 5_000;

export interface Invocation {
  name: string;
  milliseconds: number;
  outcome: InvocationResult;
}

export interface FunctionsOptions {
  resources: Resources;
  /** Paths by S3 key. */
  assets: Map<string, string>;
  dataDirectory: string;
  /** Variables of every function. */
  variables: Record<string, string>;
  /** Values that replace the template's in functions that have the variable. */
  overrides: Record<string, string>;
  onLog: ((line: string) => void) | undefined;
  onInvocation: (invocation: Invocation) => void;
}

/** All functions of the template. */
export interface Functions {
  /** Number of running invocations, without those in the background. */
  readonly running: number;
  /**
   * Runs an invocation in the background: one that a function started and does not wait for, which may run as long as somebody
   * is connected.
   */
  inBackground(invoke: () => Promise<void>): Promise<void>;
  /** @throws ConfigurationError if no function has this logical id or name */
  find(idOrName: string): LambdaFunction;
  /** Lets invocations continue for a few seconds, then ends them. Those in the background end at once. */
  stop(): Promise<void>;
}

export function createFunctions(options: FunctionsOptions): Functions {
  const { resources, onInvocation, ...common } = options;
  const script = compileWorker(options.dataDirectory);
  const sources = resources.of('AWS::Lambda::EventSourceMapping').map(parseEventSource);
  const functions = new Map<string, LambdaFunction>();
  for (const resource of resources.of('AWS::Lambda::Function').filter(isOwn)) {
    const properties = parseFunction(resource);
    const environment = { ...options.variables, ...environmentOf(resource.id, properties, options.overrides) };
    const concurrency = concurrencyOf(resource.id, sources);
    const lambda = createFunction({ ...common, ...resource, properties, script, environment, concurrency });
    functions.set(resource.id, observe(lambda, onInvocation));
  }
  const all = () => [...functions.values()];
  let background = 0;
  const running = () => Math.max(0, all().reduce((sum, each) => sum + each.running, 0) - background);
  return {
    get running() {
      return running();
    },
    async inBackground(invoke) {
      background++;
      await invoke().finally(() => background--);
    },
    find(idOrName) {
      const found = functions.get(idOrName) ?? all().find((each) => each.name === idOrName);
      if (!found) throw new ConfigurationError(`There is no function ${idOrName}`);
      return found;
    },
    async stop() {
      const end = Date.now() + stopTime;
      while (running() > 0 && Date.now() < end) await delay(20);
      await Promise.all(all().map((each) => each.stop()));
    },
  };
}

function environmentOf(
  id: string,
  { Environment, MemorySize }: ReturnType<typeof parseFunction>,
  overrides: Record<string, string>,
): Record<string, string> {
  const own = Environment.Variables;
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: id, // Identifies the caller to the services.
    AWS_LAMBDA_FUNCTION_NAME: id,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${MemorySize}`,
    ...own,
    ...Object.fromEntries(Object.entries(overrides).filter(([name]) => name in own)),
  };
}

/** Environments that a queue consumer needs: the maximum concurrency of its mappings. */
function concurrencyOf(id: string, sources: EventSource[]): number | undefined {
  const mine = sources.filter((source) => source.function === id);
  return mine.length > 0 ? mine.reduce((sum, { concurrency }) => sum + concurrency, 0) : undefined;
}

function observe(lambda: LambdaFunction, onInvocation: FunctionsOptions['onInvocation']): LambdaFunction {
  const { name, invoke } = lambda;
  lambda.invoke = async (payload) => {
    const start = performance.now();
    const outcome = await invoke(payload);
    onInvocation({ name, milliseconds: performance.now() - start, outcome });
    return outcome;
  };
  return lambda;
}
