import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import * as z from 'zod';
import { openLog } from '../log.ts';
import { account, nameOf, region, type ServedResource } from '../resources.ts';
import type { Json } from '../template.ts';
import { type Actions, ServiceError } from './json-server.ts';

/** Milliseconds that a task has after SIGTERM; ECS waits 30 s. */
const stopTime = 5_000;

const variable = z.object({ name: z.string(), value: z.string() });

const definitionSchema = z.object({
  ContainerDefinitions: z.tuple([
    z.object({
      Name: z.string(),
      Command: z.tuple([z.string()], z.string()),
      Environment: z.array(z.unknown()).max(0).default([]),
    }),
  ]),
});

const runSchema = z.object({
  cluster: z.string(),
  taskDefinition: z.string(),
  launchType: z.literal('FARGATE'),
  clientToken: z.string().max(64).optional(),
  startedBy: z.string().max(128).optional(),
  overrides: z.object({
    cpu: z.string().regex(/^\d+$/),
    memory: z.string().regex(/^\d+$/),
    ephemeralStorage: z.object({ sizeInGiB: z.int().min(21).max(200) }).optional(),
    containerOverrides: z.tuple([z.object({ name: z.string(), environment: z.array(variable) })]),
  }),
});

const describeSchema = z.object({ cluster: z.string(), tasks: z.array(z.string()).max(100) });
const stopSchema = z.object({ cluster: z.string(), task: z.string(), reason: z.string().default('') });
const listSchema = z.object({ cluster: z.string(), startedBy: z.string() });

/** A task in the form of ECS's answers. Times are in seconds since 1970. */
interface Task {
  taskArn: string;
  clusterArn: string;
  taskDefinitionArn: string;
  startedBy: string | undefined;
  cpu: string;
  memory: string;
  lastStatus: 'RUNNING' | 'STOPPED';
  desiredStatus: 'RUNNING' | 'STOPPED';
  createdAt: number;
  startedAt: number;
  stoppedAt?: number;
  stopCode?: string;
  stoppedReason?: string;
  containers: { name: string; lastStatus: string; exitCode?: number }[];
}

interface Running {
  task: Task;
  /** Hash of the request, which tells whether a token came again with the same one. */
  request: string;
  child: ChildProcess;
  ended: Promise<void>;
}

export interface EcsOptions {
  definitions: readonly ServedResource[];
  dataDirectory: string;
}

/** Whether a task runs the command of its container, and not a program of the assembly. */
export const runsCommand = (properties: Json): boolean => definitionSchema.safeParse(properties).success;

/**
 * ECS for tasks on Fargate that run a command: RunTask, DescribeTasks, StopTask and ListTasks. The command runs on this machine as a
 * process group of its own, without image, network and limits of a container, and ends with the gateway. Tasks are in memory.
 */
export function createEcs({ definitions, dataDirectory }: EcsOptions): { actions: Actions; stop(): Promise<void> } {
  const commands = new Map(
    definitions.flatMap(({ id, properties }) => {
      const { data } = definitionSchema.safeParse(properties);
      return data ? [[id, data.ContainerDefinitions[0]] as const] : [];
    }),
  );
  const tasks = new Map<string, Running>();
  const byToken = new Map<string, Running>();

  function run(input: unknown): { tasks: Task[]; failures: object[] } {
    const request = runSchema.parse(input);
    const hash = createHash('sha256').update(JSON.stringify(input)).digest('hex');
    const known = request.clientToken === undefined ? undefined : byToken.get(request.clientToken);
    if (known?.request === hash) return { tasks: [known.task], failures: [] };
    if (known) {
      throw new ServiceError('ConflictException', 'The clientToken is in use with another request', {
        resourceIds: [known.task.taskArn],
      });
    }
    const [override] = request.overrides.containerOverrides;
    const container = commands.get(nameOf(request.taskDefinition));
    if (container?.Name !== override.name) {
      throw new ServiceError('InvalidParameterException', `There is no task definition ${request.taskDefinition}`);
    }
    const id = randomBytes(16).toString('hex');
    const [program, ...rest] = container.Command;
    const child = spawn(program, rest, {
      cwd: tmpdir(),
      // Nothing of the gateway's.
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        ...Object.fromEntries(override.environment.map(({ name, value }) => [name, value])),
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    keepOutput(child, container.Name, dataDirectory);
    const now = Date.now() / 1_000;
    const task: Task = {
      taskArn: `arn:aws:ecs:${region}:${account}:task/${nameOf(request.cluster)}/${id}`,
      clusterArn: request.cluster,
      taskDefinitionArn: request.taskDefinition,
      startedBy: request.startedBy,
      cpu: request.overrides.cpu,
      memory: request.overrides.memory,
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      createdAt: now,
      startedAt: now,
      containers: [{ name: container.Name, lastStatus: 'RUNNING' }],
    };
    const running: Running = { task, request: hash, child, ended: follow(child, task) };
    tasks.set(id, running);
    if (request.clientToken !== undefined) byToken.set(request.clientToken, running);
    return { tasks: [task], failures: [] };
  }

  const find = (idOrArn: string) => tasks.get(nameOf(idOrArn));

  return {
    actions: {
      'AmazonEC2ContainerServiceV20141113.RunTask': run,
      'AmazonEC2ContainerServiceV20141113.DescribeTasks': (input) => {
        const { tasks: asked } = describeSchema.parse(input);
        const missing = asked.filter((id) => !find(id)).map((arn) => ({ arn, reason: 'MISSING' }));
        return { tasks: asked.flatMap((id) => find(id)?.task ?? []), failures: missing };
      },
      'AmazonEC2ContainerServiceV20141113.StopTask': (input) => {
        const { task: id, reason } = stopSchema.parse(input);
        const running = find(id);
        if (!running) throw new ServiceError('InvalidParameterException', 'The referenced task was not found.');
        if (running.task.lastStatus !== 'STOPPED') {
          Object.assign(running.task, { desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason: reason });
          void end(running);
        }
        return { task: running.task };
      },
      'AmazonEC2ContainerServiceV20141113.ListTasks': (input) => {
        const { startedBy } = listSchema.parse(input);
        const found = [...tasks.values()].filter(({ task }) => task.startedBy === startedBy);
        return {
          taskArns: found.filter(({ task }) => task.desiredStatus === 'RUNNING').map(({ task }) => task.taskArn),
        };
      },
    },
    async stop() {
      await Promise.all([...tasks.values()].filter(({ task }) => task.lastStatus !== 'STOPPED').map(end));
    },
  };
}

/** Writes down how a task ends. As in a container, no process outlives the first one. */
async function follow(child: ChildProcess, task: Task): Promise<void> {
  const [code, signal] = await once(child, 'exit').catch(() => [127, null]);
  signalGroup(child, 'SIGKILL');
  const exitCode = signal === null ? code : 137;
  Object.assign(task, {
    lastStatus: 'STOPPED',
    desiredStatus: 'STOPPED',
    stoppedAt: Date.now() / 1_000,
    stopCode: task.stopCode ?? 'EssentialContainerExited',
    stoppedReason: task.stoppedReason ?? 'Essential container in task exited',
    containers: task.containers.map(({ name }) => ({ name, lastStatus: 'STOPPED', exitCode })),
  });
}

async function end({ child, ended }: Running): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), stopTime);
  await ended;
  clearTimeout(timer);
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

function keepOutput({ stdout, stderr }: ChildProcess, name: string, dataDirectory: string): void {
  for (const output of [stdout, stderr]) output?.pipe(openLog(dataDirectory, name));
}
