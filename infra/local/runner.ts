import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { ConfigurationError } from '../../shared/platform/errors.ts';
import { openAccessLog } from './api-gateway/access-log.ts';
import { type LocalDistribution, startDistribution } from './cloudfront/server.ts';
import { readDistribution } from './cloudfront/template.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { describeEndpoints, type Endpoints, removeEndpoints, sdkVariables, writeEndpoints } from './endpoints.ts';
import { writeFirstAdmin } from './first-admin.ts';
import { type HttpApi, startHttpApi } from './http-api/server.ts';
import { type HttpApiDescription, readHttpApis } from './http-api/template.ts';
import { startJobProxy } from './job-proxy.ts';
import { type AsynchronousInvocations, createAsynchronousInvocations } from './lambda/asynchronous.ts';
import { parseEventSource, startEventSource } from './lambda/event-source.ts';
import { createFunctions, type Functions, type Invocation } from './lambda/functions.ts';
import type { InvocationResult } from './lambda/host.ts';
import { intervalIn, startSchedule, targetOf } from './lambda/schedule.ts';
import { lock } from './lock.ts';
import { type MachineError, openMachineErrors } from './machine-errors.ts';
import { recover } from './recover.ts';
import { nameOf, type Resources, region } from './resources.ts';
import type { S3Faults } from './s3/worker.ts';
import { createEcs } from './services/ecs.ts';
import { eventBusActions, type PublishedEvent } from './services/event-bus.ts';
import { newCredentials } from './services/guard.ts';
import { mailActions } from './services/mail.ts';
import { loadSecrets, secretActions } from './services/secrets.ts';
import { type Services, startServices } from './services.ts';
import { makeFirstSigningKey } from './signing-key.ts';
import { createTasks } from './steps/ecs.ts';
import { createStepFunctions, type Execution } from './steps/step-functions.ts';
import { TaskTokens } from './steps/task-tokens.ts';
import { readAssembly } from './template.ts';
import type { ConnectionLimits } from './websocket-api/connection.ts';
import { startWebSocketApi, type WebSocketApi, type WebSocketApiOptions } from './websocket-api/server.ts';
import { readWebSocketApis } from './websocket-api/template.ts';

export interface GatewayOptions {
  /** The directory of the cloud assembly, usually `cdk.out`. */
  assembly: string;
  /** Holds all state; created if missing. */
  dataDirectory: string;
  /** Seconds between two polls, instead of the template's; other schedules are scaled accordingly. */
  pollSeconds?: number;
  /** Values that replace the template's in functions that have the variable. */
  environment?: Record<string, string>;
  /** Values of secrets, by the secret's output of the stack. */
  secrets?: Record<string, string>;
  /** Functions that read the current values of secrets, by the same outputs. */
  secretSources?: Record<string, () => string>;
  onLog?: (line: string) => void;
  /** In place of API Gateway's own limits of connections, for tests. */
  connectionLimits?: Partial<ConnectionLimits>;
}

export interface Activity {
  /** Messages in the functions' queues: waiting, delayed or being processed. */
  messages: number;
  /** Without those in the background, as of what watches connections. */
  invocations: number;
  executions: number;
}

interface Events {
  invocation: [Invocation];
  execution: [Execution];
  published: [PublishedEvent];
  machineError: [MachineError];
}

export interface LocalGateway {
  endpoints: Endpoints;
  /** Seconds between two polls. */
  pollSeconds: number;
  /** Texts about others who can reach the gateway's data. */
  warnings: string[];
  /** Emits every ended invocation and execution, every published domain event, and errors of the machine itself. */
  events: EventEmitter<Events>;
  /** Invokes a function by its name, such as `create-project`, and waits for its answer. */
  invoke(name: string, payload?: unknown): Promise<InvocationResult>;
  /** The work in progress; the gateway is idle if all three numbers are 0. */
  activity(): Promise<Activity>;
  /** In bytes, of functions and tasks with their own process: copy-files, send-file and send-task. */
  memory(name: string): { rss: number; maxRss: number };
  /** Faults to inject into S3, for tests. */
  s3Faults: S3Faults;
  stop(): Promise<void>;
}

/**
 * Runs a synthesized CDK app on this machine, on embedded services at ephemeral ports of 127.0.0.1.
 * @throws ConfigurationError if the template has an unknown resource, or the data directory is in use or cannot be trusted
 */
export async function startGateway(options: GatewayOptions): Promise<LocalGateway> {
  const { onLog } = options;
  await using started = new AsyncDisposableStack();
  const dataDirectory = prepareDataDirectory(options.dataDirectory);
  started.use(lock(dataDirectory));
  removeEndpoints(dataDirectory);
  const { template, assets } = readAssembly(options.assembly);
  const credentials = newCredentials();
  const events = new EventEmitter<Events>();
  const machineErrors = started.use(openMachineErrors(dataDirectory));
  const onProblem = (service: MachineError['service'], error: string) => {
    const met = { at: Date.now(), service, error };
    machineErrors.note(met);
    events.emit('machineError', met);
  };
  const services = await startServices(template, dataDirectory, credentials, onProblem, started);
  const { resources } = services;
  const endpoints = describeEndpoints(
    services.endpoints,
    resources.outputs,
    options.environment?.PORTAL_URL,
    credentials,
  );
  await recover(services.dynamoDb.client, endpoints.dynamodb.tables);
  const invoke = (id: string, event: object) => functions.find(id).invoke(event);
  // Before the functions, because they post to it.
  const live = await startLive(
    resources,
    { invoke, guard: services.guard, limits: options.connectionLimits },
    dataDirectory,
    started,
  );

  const variables = sdkVariables(services.endpoints, credentials);
  const thread = { assets, dataDirectory, variables, overrides: options.environment ?? {}, onLog };
  // Before the functions, which tell its address.
  const proxy = await startJobProxy(resources, thread, started);
  const overrides = {
    JOBS_DIRECTORY: join(dataDirectory, 'jobs'),
    ...(proxy && { JOBS_URL: proxy.url }),
    ...(live && { LIVE_CALLBACK_URL: live.callbackUrl, LIVE_URL: live.url }),
    ...options.environment,
  };
  const common = { assets, dataDirectory, variables, overrides, onLog };
  const functions = createFunctions({
    ...common,
    resources,
    onInvocation: (invocation) => events.emit('invocation', invocation),
  });
  const definitions = resources.of('AWS::ECS::TaskDefinition');
  const tasks = createTasks({ ...common, definitions });
  const ecs = createEcs({ definitions, dataDirectory });
  const stepFunctions = createStepFunctions(
    resources.of('AWS::StepFunctions::StateMachine'),
    {
      invoke: (id, payload) => functions.find(id).invoke(payload),
      runTask: (request) => tasks.run(request),
      tokens: new TaskTokens(),
    },
    (execution) => events.emit('execution', execution),
  );
  started.defer(() => functions.stop());
  started.defer(() => tasks.stop());
  started.defer(() => ecs.stop());
  started.defer(() => stepFunctions.stop());
  const secrets = resources.of('AWS::SecretsManager::Secret');
  const loaded = loadSecrets(dataDirectory, secrets, bySecret(options.secrets, resources));
  const sources = bySecret(options.secretSources, resources);
  writeFirstAdmin(dataDirectory, loaded.values, resources.outputs);
  await makeFirstSigningKey(loaded, resources.outputs);
  const buses = resources.of('AWS::Events::EventBus');
  const file = join(dataDirectory, 'events.jsonl');
  const busActions = eventBusActions(buses, file, (event) => events.emit('published', event));
  Object.assign(services.actions, stepFunctions.actions, ecs.actions, secretActions(loaded, sources), busActions);
  Object.assign(services.actions, mailActions(join(dataDirectory, 'mails.jsonl')));
  services.lambda.invoke = async (name, payload) =>
    functions.find(nameOf(name)).invoke(payload === '' ? undefined : JSON.parse(payload));
  const asynchronous = createAsynchronousInvocations(resources.of('AWS::Lambda::EventInvokeConfig'), {
    sqs: services.sqs,
    target: (id) => functions.find(id),
    onLog: onLog ?? (() => {}),
  });
  services.lambda.invokeAsynchronously = (name, payload) => {
    const { arn } = functions.find(nameOf(name));
    const input = payload === '' ? undefined : JSON.parse(payload);
    return functions.inBackground(() => asynchronous.invoke(arn, input));
  };
  const [api] = await startHttpApis(resources, invoke, dataDirectory, started);
  if (api) endpoints.api = { url: api.url };
  if (proxy) endpoints.jobs = { url: proxy.url };
  if (live) {
    endpoints.live = { url: live.url, callbackUrl: live.callbackUrl };
    started.defer(() => live.closeConnections());
  }
  const page = await startConsole(resources, { assets, endpoints, secrets: loaded.values }, started);
  if (page) endpoints.console = { url: page.url };
  // On this machine, API and page have other addresses than the template says.
  const own = Object.entries({ ApiUrl: api, ConsoleUrl: page }).flatMap(([output, served]): [string, string][] => {
    const origin = URL.parse(resources.outputs.get(output) ?? '')?.origin;
    return served && origin !== undefined ? [[origin, new URL(served.url).origin]] : [];
  });
  services.letPagesIn(new Map(own));
  started.use(writeEndpoints(dataDirectory, endpoints));
  const pollSeconds = startInvoking(services, functions, asynchronous, options, started);

  const running = started.move();
  return {
    endpoints,
    pollSeconds,
    warnings: services.dynamoDb.warning === undefined ? [] : [services.dynamoDb.warning],
    events,
    invoke: async (name, payload) => functions.find(name).invoke(payload),
    activity: async () => ({
      messages: await countMessages(services),
      invocations: functions.running,
      executions: stepFunctions.running,
    }),
    memory: (name) => tasks.memory(name) ?? functions.find(name).memory,
    s3Faults: services.s3Faults,
    stop: () => running.disposeAsync(),
  };
}

function startHttpApis(
  resources: Resources,
  invoke: (functionId: string, event: object) => Promise<InvocationResult>,
  dataDirectory: string,
  started: AsyncDisposableStack,
): Promise<HttpApi[]> {
  const start = async (api: HttpApiDescription) => {
    const log = started.use(openAccessLog(dataDirectory, 'api', api.logFormat));
    return started.use(await startHttpApi(api, { invoke, onRequest: log.write }));
  };
  return Promise.all(readHttpApis(resources).map(start));
}

async function startConsole(
  resources: Resources,
  {
    assets,
    endpoints: { api, live, s3 },
    secrets,
  }: { assets: Map<string, string>; endpoints: Endpoints; secrets: ReadonlyMap<string, string> },
  started: AsyncDisposableStack,
): Promise<LocalDistribution | undefined> {
  const behaviors = readDistribution(resources, assets, secrets);
  if (!behaviors) return undefined;
  // Parsed addresses are in small letters, ids in the template are not.
  const [apiUrl, liveUrl] = ['ApiUrl', 'LiveUrl'].map((name) => URL.parse(resources.outputs.get(name) ?? ''));
  const liveOrigin = new RegExp(RegExp.escape(liveUrl?.origin ?? 'none:'), 'gi');
  const bucketOrigin = new RegExp(`https://[a-z0-9-]+\\.s3\\.${region}\\.amazonaws\\.com`, 'g');
  return started.use(
    await startDistribution(behaviors, {
      servers: (host) => (host.toLowerCase() === apiUrl?.host ? api?.url : undefined),
      localize: (header) =>
        header
          .replaceAll(liveOrigin, new URL(live?.url ?? 'none:').origin)
          .replaceAll(bucketOrigin, new URL(s3.endpoint).origin),
    }),
  );
}

async function startLive(
  resources: Resources,
  options: Omit<WebSocketApiOptions, 'onRequest'>,
  dataDirectory: string,
  started: AsyncDisposableStack,
): Promise<WebSocketApi | undefined> {
  const [description] = readWebSocketApis(resources);
  if (!description) return undefined;
  const log = started.use(openAccessLog(dataDirectory, 'live', description.logFormat));
  return started.use(await startWebSocketApi(description, { ...options, onRequest: log.write }));
}

/** Starts the event source mappings and the schedules. @returns the seconds between two polls */
function startInvoking(
  { resources, sqs }: Services,
  functions: Functions,
  asynchronous: AsynchronousInvocations,
  { pollSeconds, onLog = () => {} }: GatewayOptions,
  started: AsyncDisposableStack,
): number {
  for (const source of resources.of('AWS::Lambda::EventSourceMapping').map(parseEventSource)) {
    if (source.enabled) started.defer(startEventSource(source, sqs, functions.find(source.function), onLog));
  }
  const schedules = resources.of('AWS::Scheduler::Schedule');
  const polls = schedules.filter((schedule) => functions.find(targetOf(schedule)).name === 'poll');
  const between = Math.min(...(polls.length > 0 ? polls : schedules).map(intervalIn));
  const pace = pollSeconds === undefined ? 1 : (pollSeconds * 1000) / between;
  for (const schedule of schedules) {
    started.defer(startSchedule(schedule, asynchronous, intervalIn(schedule) * pace));
  }
  return pollSeconds ?? between / 1_000;
}

async function countMessages({ resources, sqs }: Services): Promise<number> {
  const sources = resources.of('AWS::Lambda::EventSourceMapping').map(parseEventSource);
  const counts = await Promise.all(sources.map((source) => sqs.count(source.queue)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function bySecret<Value>(given: Record<string, Value> | undefined, { outputs }: Resources): Map<string, Value> {
  return new Map(
    Object.entries(given ?? {}).map(([name, value]) => {
      const arn = outputs.get(name);
      if (!arn) throw new ConfigurationError(`The stack has no output ${name} that names a secret`);
      return [nameOf(arn), value];
    }),
  );
}
