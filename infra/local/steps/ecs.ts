import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ConfigurationError } from '../../../shared/platform/errors.ts';
import { openLog } from '../log.ts';
import { ownNode } from '../own-node.ts';
import { nameOf, type ServedResource } from '../resources.ts';
import { runsCommand } from '../services/ecs.ts';

/** Time for a task to end after SIGTERM, in ms; ECS waits 30 s. */
const stopTime = 5_000;

const preload = fileURLToPath(new URL('./ecs-preload.ts', import.meta.url));

const variable = z.object({ Name: z.string(), Value: z.string() });
const definitionSchema = z.object({
  Memory: z.coerce.number(),
  ContainerDefinitions: z.tuple([z.object({ Name: z.string(), Environment: z.array(variable) })]),
});

/** The parameters of RunTask as a state machine gives them. */
export const runTaskSchema = z.object({
  TaskDefinition: z.string(),
  Overrides: z.object({
    ContainerOverrides: z.tuple([z.object({ Name: z.string(), Environment: z.array(variable) })]),
  }),
});
export type RunTask = z.infer<typeof runTaskSchema>;

export interface TasksOptions {
  definitions: ServedResource[];
  /** Paths by S3 key. */
  assets: Map<string, string>;
  dataDirectory: string;
  /** Variables of every task. */
  variables: Record<string, string>;
  /** Values that replace the template's in tasks that have the variable. */
  overrides: Record<string, string>;
  onLog: ((line: string) => void) | undefined;
}

/** The tasks of ECS, each in its own process. */
export interface Tasks {
  /** Starts a task. @returns how it ended, when it has */
  run(request: RunTask): Promise<string>;
  /** In bytes, by the container's name: of the latest report, and the most of any of its tasks. */
  memory(name: string): { rss: number; maxRss: number } | undefined;
  /** Stops all tasks like ECS: with SIGTERM, and soon afterwards with SIGKILL. */
  stop(): Promise<void>;
}

/**
 * Runs the program that a task's container would fetch directly from the assembly: a single Node file.
 * @throws ConfigurationError for a definition whose program is not in the assembly
 */
export function createTasks(options: TasksOptions): Tasks {
  const programs = options.definitions.filter(({ properties }) => !runsCommand(properties));
  const definitions = new Map(programs.map((resource) => [resource.id, readDefinition(resource, options)]));
  const memories = new Map<string, { rss: number; maxRss: number }>();
  const children = new Set<ChildProcess>();

  return {
    async run({ TaskDefinition, Overrides }) {
      const definition = definitions.get(nameOf(TaskDefinition));
      const [override] = Overrides.ContainerOverrides;
      if (definition?.name !== override.Name) throw new ConfigurationError(`There is no task ${TaskDefinition}`);
      const { name, file, memory, environment } = definition;
      const child = spawn(ownNode, [`--max-old-space-size=${memory}`, '--import', preload, file], {
        env: { ...environment, ...valuesOf(override.Environment) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      children.add(child);
      keepOutput(child, name, options);
      child.on('message', (message) => {
        const { rss, maxRss } = memorySchema.parse(message);
        memories.set(name, { rss, maxRss: Math.max(maxRss, memories.get(name)?.maxRss ?? 0) });
      });
      const [code, signal] = await once(child, 'exit');
      children.delete(child);
      return signal ? `signal ${signal}` : `exit code ${code}`;
    },
    memory: (name) => memories.get(name),
    async stop() {
      await Promise.all([...children].map(stop));
    },
  };
}

const memorySchema = z.object({ rss: z.number(), maxRss: z.number() });

/** @throws ConfigurationError for a definition whose program is not in the assembly */
export function readDefinition(
  { id, properties }: ServedResource,
  { assets, variables, overrides }: Pick<TasksOptions, 'assets' | 'variables' | 'overrides'>,
) {
  const { Memory, ContainerDefinitions } = definitionSchema.parse(properties);
  const [{ Name, Environment }] = ContainerDefinitions;
  const own = valuesOf(Environment);
  const file = assets.get(nameOf(own.PROGRAM_URL ?? ''));
  if (!file) throw new ConfigurationError(`The assembly has no asset for the program of ${id}`);
  const overridden = Object.fromEntries(Object.entries(overrides).filter(([name]) => name in own));
  // The access key identifies the caller to the services.
  const environment = { AWS_ACCESS_KEY_ID: id, ...variables, ...own, ...overridden };
  return { name: Name, file, memory: Memory, environment };
}

function valuesOf(variables: z.infer<typeof variable>[]): Record<string, string> {
  return Object.fromEntries(variables.map(({ Name, Value }) => [Name, Value]));
}

function keepOutput({ stdout, stderr }: ChildProcess, name: string, { dataDirectory, onLog }: TasksOptions): void {
  for (const output of [stdout, stderr]) {
    output?.pipe(openLog(dataDirectory, name));
    if (output && onLog) createInterface({ input: output }).on('line', (line) => onLog(`${name} ${line}`));
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTime);
  await exited;
  clearTimeout(timer);
}
