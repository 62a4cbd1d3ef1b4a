import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { startSimulatorProcess } from '../../infra/local/portal/process.ts';
import type { SimulatedMessage } from '../../infra/local/portal/simulator.ts';
import { startGateway } from '../../infra/local/runner.ts';
import { changeAssembly } from '../support/assembly.ts';
import { startCounter } from './counter.ts';

export const listed = 100_000;
export const fresh = 100;
/** Projects, each with a line of its own. */
const lines = 10_000;
/** Memory of the poll's function, in bytes. */
export const memorySize = 512 * 2 ** 20;

export interface PollTime {
  seconds: number;
  /** Requests to DynamoDB and SQS. */
  requests: number;
}

export interface BigPoll {
  /** The poll that meets nearly all of the messages for the first time. */
  first: PollTime;
  /** The one that meets a hundred new ones among them. */
  next: PollTime;
  /** Most memory that the polling process had, in bytes. */
  memory: number;
}

const apiKey = 'key-of-the-benchmark';

/** The real poll, with the memory that it has in AWS, while nobody works on what it queues. */
export async function measureBigPoll(): Promise<BigPoll> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'dst-gateway-poll-'));
  started.defer(() => rm(directory, { recursive: true }));
  const counters = { dynamodb: started.use(await startCounter()), sqs: started.use(await startCounter()) };
  const portal = await startSimulatorProcess({ apiKey });
  started.defer(() => portal.stop());
  const assembly = join(directory, 'assembly');
  await changeAssembly(assembly, pollAlone({ dynamodb: counters.dynamodb.url, sqs: counters.sqs.url }));
  const gateway = await startGateway({
    assembly,
    dataDirectory: join(directory, 'data'),
    environment: { PORTAL_URL: portal.url, POLL_SECONDS: '60' },
    secrets: { PortalApiKeySecret: apiKey },
  });
  started.defer(() => gateway.stop());
  counters.dynamodb.forwardTo(gateway.endpoints.dynamodb.endpoint);
  counters.sqs.forwardTo(gateway.endpoints.sqs.endpoint);
  const requests = () => counters.dynamodb.requests + counters.sqs.requests;

  async function poll(): Promise<PollTime> {
    const [start, before] = [performance.now(), requests()];
    const { functionError } = await gateway.invoke('poll');
    if (functionError) throw new Error(`${functionError.errorType}: ${functionError.errorMessage}`);
    return { seconds: (performance.now() - start) / 1000, requests: requests() - before };
  }

  const all = Array.from({ length: listed }, (_, index) => messageAt(index));
  await portal.sendMany(all.slice(0, -fresh));
  const first = await poll();
  await portal.sendMany(all.slice(-fresh));
  const next = await poll();
  return { first, next, memory: gateway.memory('poll').maxRss };
}

/** Projects first, then their accesses in turn, so that no line is together in the list. */
const messageAt = (index: number): SimulatedMessage =>
  index < lines
    ? { messageType: 'CreateProject', data: { projectNo: index } }
    : { messageType: 'CreateProjectAccess', data: { projectNo: index % lines, accessIdentifier: `access-${index}` } };

const environment = z.object({ Variables: z.record(z.string(), z.unknown()) });

/** Nothing runs by itself, and the poll has a process of its own, as whatever may run for long: so its memory is measured. */
function pollAlone(urls: { dynamodb: string; sqs: string }): Parameters<typeof changeAssembly>[1] {
  return ({ Type, Properties }) => {
    if (Type === 'AWS::Scheduler::Schedule') Properties.State = 'DISABLED';
    if (Type === 'AWS::Lambda::EventSourceMapping') Properties.Enabled = false;
    if (Type !== 'AWS::Lambda::Function' || Properties.Description !== 'messages/poll') return;
    const { Variables } = environment.parse(Properties.Environment);
    const endpoints = { AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb, AWS_ENDPOINT_URL_SQS: urls.sqs };
    Properties.Environment = { Variables: { ...Variables, ...endpoints } };
    Properties.Timeout = Number(Properties.Timeout) + 1;
  };
}
