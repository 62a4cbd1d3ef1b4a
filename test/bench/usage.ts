import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { PortalSimulator } from '../../infra/local/portal/simulator.ts';
import { type LocalGateway, startGateway } from '../../infra/local/runner.ts';
import { changeAssembly } from '../support/assembly.ts';
import { type Counter, startCounter } from './counter.ts';
import { fill } from './workload.ts';

const services = {
  DYNAMODB: ({ dynamodb }) => dynamodb.endpoint,
  S3: ({ s3 }) => s3.endpoint,
  SQS: ({ sqs }) => sqs.endpoint,
  SFN: ({ stepFunctions }) => stepFunctions.endpoint,
  SECRETS_MANAGER: ({ secretsManager }) => secretsManager.endpoint,
  EVENTBRIDGE: ({ eventBridge }) => eventBridge.endpoint,
} satisfies Record<string, (endpoints: LocalGateway['endpoints']) => string>;

/** Units that AWS charges for, by name. */
export type Usage = Record<string, number>;

/** A gateway whose requests and invocations are counted. Nothing runs by itself but what is in queues. */
interface Counted extends AsyncDisposable {
  gateway: LocalGateway;
  portal: PortalSimulator;
  /** Units used since the last call. */
  take(): Usage;
}

async function startCounted(): Promise<Counted> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'dst-gateway-usage-'));
  started.defer(() => rm(directory, { recursive: true }));
  let usage: Usage = {};
  const add = (what: string, count: number) => {
    usage[what] = (usage[what] ?? 0) + count;
  };
  const counters: [string, Counter][] = [];
  for (const name of Object.keys(services)) {
    counters.push([name, started.use(await startCounter((request, body) => count(name, request, body, add)))]);
  }
  const apiKey = 'key-of-the-benchmark';
  const portal = await startSimulatorProcess({ apiKey });
  started.defer(() => portal.stop());
  const assembly = join(directory, 'assembly');
  const memory = new Map<string, number>();
  await changeAssembly(assembly, ({ Type, Properties }) => {
    if (Type === 'AWS::Scheduler::Schedule') Properties.State = 'DISABLED';
    // The CDK's function that fills the console's bucket has no description, and is no part of the gateway.
    if (Type !== 'AWS::Lambda::Function' || Properties.Description === undefined) return;
    const { Environment, Description, MemorySize } = lambda.parse(Properties);
    memory.set(Description.split('/').at(-1) ?? '', MemorySize);
    for (const [name, { url }] of counters) Environment.Variables[`AWS_ENDPOINT_URL_${name}`] = url;
    Properties.Environment = Environment;
  });
  const gateway = await startGateway({
    assembly,
    dataDirectory: join(directory, 'data'),
    environment: { PORTAL_URL: portal.url },
    secrets: { PortalApiKeySecret: apiKey },
    onLog: (line) => add('logBytes', line.length),
  });
  started.defer(() => gateway.stop());
  for (const [name, counter] of counters) {
    counter.forwardTo(services[name as keyof typeof services](gateway.endpoints));
  }
  gateway.events.on('invocation', ({ name, milliseconds }) => {
    add('invocations', 1);
    add('gigabyteSeconds', ((memory.get(name) ?? 0) / 1024) * (milliseconds / 1000));
  });
  const running = started.move();
  return {
    gateway,
    portal,
    take() {
      const taken = usage;
      usage = {};
      return taken;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const lambda = z.object({
  Description: z.string(),
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});

type Add = (what: string, count: number) => void;

function count(service: string, request: IncomingMessage, body: string, add: Add): void {
  const operation =
    String(request.headers['x-amz-target'] ?? request.method)
      .split('.')
      .at(-1) ?? '';
  if (service === 'DYNAMODB') countUnits(operation, body, add);
  else if (service === 'S3') add(operation === 'GET' || operation === 'HEAD' ? 's3Reads' : 's3Writes', 1);
  else if (service === 'EVENTBRIDGE') add('events', entries.parse(JSON.parse(body)).Entries.length);
  else add({ SQS: 'sqs', SFN: 'executions', SECRETS_MANAGER: 'secretReads' }[service] ?? service, 1);
}

const entries = z.object({ Entries: z.array(z.unknown()) });
const input = z.object({
  TransactItems: z.array(z.unknown()).default([]),
  RequestItems: z
    .record(
      z.string(),
      z.union([
        z.array(z.unknown()),
        z.looseObject({ Keys: z.array(z.unknown()), ConsistentRead: z.boolean().optional() }),
      ]),
    )
    .default({}),
  ConsistentRead: z.boolean().optional(),
});

/**
 * Request units, of items of up to 1 kB: a write takes one, in a transaction two; a consistent read takes one, another one half
 * (Amazon DynamoDB developer guide, "Read and write operations").
 */
function countUnits(operation: string, body: string, add: Add): void {
  const { TransactItems, RequestItems, ConsistentRead } = input.parse(JSON.parse(body));
  const perRead = (isConsistent: boolean | undefined) => (isConsistent ? 1 : 0.5);
  const inBatch = Object.values(RequestItems).reduce(
    (sum, of) => sum + (Array.isArray(of) ? of.length : of.Keys.length * perRead(of.ConsistentRead)),
    0,
  );
  if (operation === 'TransactWriteItems') add('writeUnits', 2 * TransactItems.length);
  else if (operation === 'BatchWriteItem') add('writeUnits', inBatch);
  else if (operation === 'BatchGetItem') add('readUnits', inBatch);
  else if (/^(Query|Scan|GetItem)$/.test(operation)) add('readUnits', perRead(ConsistentRead));
  else add('writeUnits', 1);
}

const projects = 20;

/** Units of one message that moves no file, of one file beside its message, and of a gigabyte of a file. */
export async function measureUsage(): Promise<Record<'message' | 'file' | 'gigabyte', Usage>> {
  await using counted = await startCounted();
  const { portal, gateway } = counted;
  await fill(portal, 1, projects);
  await drain(counted);
  await gateway.invoke('publish-events');
  counted.take();
  const messages = await fill(portal, 1001, projects, { movesFiles: false });
  await drain(counted);
  await gateway.invoke('publish-events');
  const message = each(counted.take(), messages);
  const [small, large] = [await deliver(counted, 1e8), await deliver(counted, 1.1e9)];
  return { message, file: difference(small, message), gigabyte: difference(large, small) };
}

async function deliver(counted: Counted, size: number): Promise<Usage> {
  const { portal } = counted;
  const file = await portal.addFile({ fileId: `file of ${size}`, size });
  await portal.send('CreateProject', { projectNo: size });
  await drain(counted);
  counted.take();
  await portal.send('DataDeliveryReady', { projectNo: size, files: [file] });
  await drain(counted);
  return counted.take();
}

/** Polls, whenever nothing is under way, until the portal lists nothing. */
async function drain({ gateway, portal }: Counted): Promise<void> {
  while ((await portal.pending()) > 0) {
    await gateway.invoke('poll');
    const isIdle = async () => Object.values(await gateway.activity()).every((count) => count === 0);
    while (!(await isIdle())) await delay(20);
  }
}

const each = (usage: Usage, count: number): Usage =>
  Object.fromEntries(Object.entries(usage).map(([what, amount]) => [what, amount / count]));

const difference = (more: Usage, less: Usage): Usage =>
  Object.fromEntries(Object.entries(more).map(([what, amount]) => [what, Math.max(0, amount - (less[what] ?? 0))]));
