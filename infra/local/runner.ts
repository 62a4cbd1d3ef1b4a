import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { createTable, startDynamoDb } from './dynamodb.ts';
import { describeEndpoints, type Endpoints, removeEndpoints, sdkVariables, writeEndpoints } from './endpoints.ts';
import { parseEventSource, startEventSource } from './event-source.ts';
import { type Actions, startJsonServer } from './json-server.ts';
import { compileWorker, createFunction, type LambdaFunction, parseFunction } from './lambda.ts';
import type { Outcome } from './lambda-host.ts';
import { lock } from './lock.ts';
import { endLeases } from './recover.ts';
import { bucketName, nameOf, type Resources, readResources, region } from './resources.ts';
import { startS3 } from './s3.ts';
import { failureQueues, startSchedule } from './schedule.ts';
import { loadSecrets, secretActions } from './secrets.ts';
import { startSqs } from './sqs.ts';
import { createStepFunctions, type Execution } from './step-functions.ts';
import { readAssembly } from './template.ts';

/** How long invocations that are at work may go on when the gateway stops, in ms. */
const stopTime = 5_000;

export interface GatewayOptions {
  /** The directory of the cloud assembly, usually `cdk.out`. */
  assembly: string;
  /** Holds all state; made when missing. */
  dataDirectory: string;
  /** Between two runs of a schedule, in place of what the template says. */
  pollSeconds?: number;
  /** Values in place of the template's, for functions that have the variable. */
  environment?: Record<string, string>;
  /** Values of secrets, by the stack's output that names the secret. */
  secrets?: Record<string, string>;
  onLog?: (line: string) => void;
}

export interface Activity {
  /** In the queues that functions work on: waiting, delayed or being worked on. */
  messages: number;
  invocations: number;
  executions: number;
}

interface Events {
  invocation: [{ name: string; milliseconds: number; outcome: Outcome }];
  execution: [Execution];
}

export interface Gateway {
  endpoints: Endpoints;
  /** Emits every invocation and every execution when it has ended. */
  events: EventEmitter<Events>;
  /** Invokes a function by its name, such as `create-project`, and waits for its answer. */
  invoke(name: string, payload?: unknown): Promise<Outcome>;
  /** What is under way: nothing, when all three are 0. */
  activity(): Promise<Activity>;
  /** In bytes, of a function that has a process of its own: copy-files and send-file. */
  memory(name: string): { rss: number; maxRss: number };
  stop(): Promise<void>;
}

/**
 * Runs a synthesized CDK app on this machine, on embedded services at ephemeral ports of 127.0.0.1.
 * @throws ConfigurationError when the template has something unknown, or the data directory is in use
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { dataDirectory, onLog = () => {} } = options;
  await using started = new AsyncDisposableStack();
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  started.use(lock(dataDirectory));
  removeEndpoints(dataDirectory);
  const { template, assets } = readAssembly(options.assembly);
  const sqs = started.use(await startSqs());
  const resources = readResources(template, sqs.endpoint);

  const dynamoDb = started.use(await startDynamoDb(dataDirectory));
  const s3 = started.use(await startS3(join(dataDirectory, 's3')));
  const actions: Actions = {};
  const json = started.use(await startJsonServer(actions));
  const services = {
    dynamodb: dynamoDb.endpoint,
    s3: s3.endpoint,
    sqs: sqs.endpoint,
    stepFunctions: json.endpoint,
    secretsManager: json.endpoint,
  };
  const endpoints = describeEndpoints(services, resources.outputs, options.environment?.PORTAL_URL);
  for (const queue of resources.of('AWS::SQS::Queue')) await sqs.createQueue(queue);
  for (const { id } of resources.of('AWS::S3::Bucket')) await s3.createBucket(bucketName(id));
  const tables = [...resources.of('AWS::DynamoDB::Table'), ...resources.of('AWS::DynamoDB::GlobalTable')];
  await Promise.all(tables.map((table) => createTable(dynamoDb.client, table)));
  await endLeases(dynamoDb.client, endpoints.dynamodb.tables);

  const events = new EventEmitter<Events>();
  const functions = createFunctions(options, resources, assets, sdkVariables(services), events);
  started.defer(async () => {
    await Promise.all([...functions.values()].map((each) => each.stop()));
  });
  const target = (id: string): LambdaFunction => {
    const found = functions.get(id);
    if (!found) throw new ConfigurationError(`There is no function ${id}`);
    return found;
  };
  const stepFunctions = createStepFunctions(
    resources.of('AWS::StepFunctions::StateMachine'),
    (id, payload) => target(id).invoke(payload),
    (execution) => events.emit('execution', execution),
  );
  started.defer(() => stepFunctions.stop());
  const secrets = loadSecrets(
    dataDirectory,
    resources.of('AWS::SecretsManager::Secret'),
    givenSecrets(options, resources),
  );
  Object.assign(actions, stepFunctions.actions, secretActions(secrets));

  const sources = resources.of('AWS::Lambda::EventSourceMapping').map(parseEventSource);
  const activity = async (): Promise<Activity> => {
    const counts = await Promise.all(sources.map((source) => sqs.count(source.queue)));
    return {
      messages: counts.reduce((sum, count) => sum + count, 0),
      invocations: invocationsOf(functions),
      executions: stepFunctions.running,
    };
  };
  started.defer(() => untilIdle(functions));
  started.use(writeEndpoints(dataDirectory, endpoints));
  for (const source of sources.filter(({ enabled }) => enabled)) {
    started.defer(startEventSource(source, sqs, target(source.function), onLog));
  }
  const failureQueueOf = failureQueues(resources.of('AWS::Lambda::EventInvokeConfig'));
  for (const schedule of resources.of('AWS::Scheduler::Schedule')) {
    const failureQueue = (id: string) => failureQueueOf.get(id);
    started.defer(startSchedule(schedule, { sqs, target, failureQueue, pollSeconds: options.pollSeconds, onLog }));
  }

  const named = (name: string) => {
    const found = [...functions.values()].find((each) => each.name === name);
    if (!found) throw new ConfigurationError(`There is no function ${name}`);
    return found;
  };
  const running = started.move();
  return {
    endpoints,
    events,
    activity,
    invoke: async (name, payload) => named(name).invoke(payload),
    memory: (name) => named(name).memory,
    stop: () => running.disposeAsync(),
  };
}

function createFunctions(
  { dataDirectory, environment = {}, onLog = () => {} }: GatewayOptions,
  resources: Resources,
  assets: Map<string, string>,
  sdk: Record<string, string>,
  events: EventEmitter<Events>,
): Map<string, LambdaFunction> {
  const script = compileWorker(dataDirectory);
  const sources = resources.of('AWS::Lambda::EventSourceMapping').map(parseEventSource);
  const functions = new Map<string, LambdaFunction>();
  for (const resource of resources.of('AWS::Lambda::Function')) {
    const { id } = resource;
    const properties = parseFunction(resource);
    const variables = properties.Environment.Variables;
    const overrides = Object.entries(environment).filter(([name]) => name in variables);
    const lambda = createFunction({
      id,
      properties,
      assets,
      dataDirectory,
      script,
      environment: {
        ...sdk,
        AWS_REGION: region,
        AWS_LAMBDA_FUNCTION_NAME: id,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: `${properties.MemorySize}`,
        ...variables,
        ...Object.fromEntries(overrides),
      },
      concurrency: sources.find((source) => source.function === id)?.concurrency,
      onLog,
    });
    functions.set(id, observed(lambda, events));
  }
  return functions;
}

function observed(lambda: LambdaFunction, events: EventEmitter<Events>): LambdaFunction {
  const { name, invoke } = lambda;
  lambda.invoke = async (payload) => {
    const start = performance.now();
    const outcome = await invoke(payload);
    events.emit('invocation', { name, milliseconds: performance.now() - start, outcome });
    return outcome;
  };
  return lambda;
}

function givenSecrets({ secrets = {} }: GatewayOptions, { outputs }: Resources): Map<string, string> {
  return new Map(
    Object.entries(secrets).map(([name, value]) => {
      const arn = outputs.get(name);
      if (!arn) throw new ConfigurationError(`The stack has no output ${name} that names a secret`);
      return [nameOf(arn), value];
    }),
  );
}

function invocationsOf(functions: Map<string, LambdaFunction>): number {
  return [...functions.values()].reduce((sum, each) => sum + each.running, 0);
}

async function untilIdle(functions: Map<string, LambdaFunction>): Promise<void> {
  const end = Date.now() + stopTime;
  while (invocationsOf(functions) > 0 && Date.now() < end) await delay(20);
}
