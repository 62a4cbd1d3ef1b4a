import { randomUUID } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import * as z from 'zod';
import { type PortalSimulator, startSimulator } from '../../infra/local/portal/simulator.ts';
import { account } from '../../infra/local/resources.ts';
import { startTransfers } from '../../shared/files/transfer/start.ts';
import type { MessageContext } from '../../shared/messages/context.ts';
import { poll } from '../../shared/messages/poll/poll.ts';
import { guardedKey } from '../../shared/operations/guarded-key.ts';
import type { Log } from '../../shared/platform/logger.ts';
import type { Secret } from '../../shared/platform/secrets.ts';
import { systemClock } from '../../shared/platform/time.ts';
import { createPortal } from '../../shared/portal/client.ts';
import { type MessageType, messageTypes } from '../../shared/portal/message-schema.ts';
import type { JobId } from '../../shared/workspaces/context.ts';
import { createClients } from './clients.ts';
import { TestClock } from './clock.ts';
import { createHandlers, type Handler } from './handlers.ts';
import { nameTables } from './lazy-tables.ts';
import { Outside } from './outside.ts';
import { Rows } from './rows.ts';
import type { Services, Tables } from './services.ts';

export const apiKey = 'canary-api-key-7d1f';
export const passwordSecret = { current: '1', '1': 'canary-password-secret-0123456789abcdef' };

export const minute = 60_000;
export const hour = 60 * minute;

export interface LogLine {
  level: 'debug' | 'info' | 'warn' | 'error';
  message: string;
  [field: string]: unknown;
}

export interface Queued {
  type: MessageType;
  messageId: string;
}

/** A gateway without Lambda: its tables, queues, buckets and clock, and the portal that it talks to. */
export interface World {
  context: MessageContext;
  clock: TestClock;
  outside: Outside;
  portal: PortalSimulator;
  /** The API key in the secret, to be changed by tests. */
  key: Secret;
  tables: Tables;
  rows: Rows;
  logs: LogLine[];
  handlers: Record<MessageType, Handler>;
  filesBucket: string;
  /** Clients of S3 and Step Functions, for what needs more of them than the context has. */
  s3: S3Client;
  sfn: SFNClient;
  /** Inputs of the executions that were started. */
  executions: unknown[];
  /** Jobs of workspaces that were to be stopped at once; with an error, that fails. */
  stops: { jobs: number[]; error?: Error | undefined };
  /** One poll, with five minutes to go. */
  poll(): Promise<void>;
  /** Takes everything out of the queues. */
  take(): Promise<Queued[]>;
  /** Handles one queue message, with half a minute to go. */
  handle(queued: Queued): Promise<void>;
  /** Handles what is in the queues, one after the other, until they are empty. @returns how many there were */
  work(): Promise<number>;
  /** Polls and works, a minute apart, until a poll finds nothing to do. */
  run(): Promise<void>;
}

/** Starts a portal, and a gateway with nothing in its tables. Both end with the test. */
export async function createWorld(
  services: Services,
  settings: Partial<MessageContext['settings']> = {},
): Promise<World> {
  const prefix = `w${randomUUID().slice(0, 8)}`;
  const filesBucket = `${prefix}-files`;
  const [clock, outside] = [new TestClock(), new Outside()];
  const logs: LogLine[] = [];
  const { sfn, executions, ...clients } = createClients(services, outside);
  const portal = await startSimulator({ apiKey });
  onTestFinished(() => portal.stop());
  const tables = nameTables(services.dynamo.client, prefix);
  const key: Secret = { text: apiKey, version: 'key-1' };
  const guarded = guardedKey(async () => ({ ...key }), { db: clients.db, clock, table: tables.control });
  const context: MessageContext = {
    ...clients,
    ...(await createQueuesAndBucket(services, prefix)),
    portal: outside.watchPortal(createPortal({ baseUrl: portal.url, apiKey: guarded, clock: systemClock })),
    clock,
    log: logTo(logs),
    tables,
    settings: {
      pollSeconds: 60,
      maxAttempts: 5,
      mismatchesPerHour: 20,
      holdMismatchesOf: [],
      holdTypes: [],
      ...settings,
    },
  };
  await services.s3.createBucket(filesBucket);
  const transfers = {
    ...context,
    sfn,
    stateMachineArn: 'arn:aws:states:::transfer',
    slots: 4,
    checksumTries: 3,
    bucket: { s3: context.s3, name: filesBucket },
  };
  const stops: World['stops'] = { jobs: [] };
  const stop = async ({ jobId }: JobId) => {
    if (stops.error) throw stops.error;
    stops.jobs.push(jobId);
  };
  const readSecret = async () => JSON.stringify(passwordSecret);
  const handlers = createHandlers(context, tables, transfers, readSecret, { stop });
  const rows = new Rows(context.db, tables);
  const take = () => takeAll(services, prefix);
  const actions = actionsOf({ clock, take, handlers }, () =>
    poll(context, { startTransfers: () => startTransfers(transfers), deadline: clock.now() + 5 * minute }),
  );
  return {
    context,
    clock,
    outside,
    portal,
    key,
    tables,
    rows,
    logs,
    handlers,
    filesBucket,
    s3: clients.s3,
    sfn,
    executions,
    stops,
    take,
    ...actions,
  };
}

function logTo(lines: LogLine[]): Log {
  const at =
    (level: LogLine['level']) =>
    (message: string, extra: object = {}) =>
      void lines.push({ level, message, ...extra });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

async function createQueuesAndBucket({ sqs, s3 }: Services, prefix: string) {
  const internalBucket = `${prefix}-internal`;
  await s3.createBucket(internalBucket);
  await Promise.all(messageTypes.map((type) => sqs.createQueue({ id: `${prefix}-${type}`, properties: {} })));
  const queues = messageTypes.map((type) => [type, `${sqs.endpoint}/${account}/${prefix}-${type}`]);
  return { internalBucket, queues: Object.fromEntries(queues) as Record<string, string> };
}

const bodySchema = z.object({ messageId: z.string() });

async function takeAll(services: Services, prefix: string): Promise<Queued[]> {
  const ofType = async (type: MessageType) => {
    const received = await services.sqs.receive(`${prefix}-${type}`, 10, 0);
    const handles = received.map((message) => message.ReceiptHandle);
    await services.sqs.delete(`${prefix}-${type}`, handles);
    return received.map(({ Body }): Queued => ({ type, ...bodySchema.parse(JSON.parse(Body)) }));
  };
  const taken = (await Promise.all(messageTypes.map(ofType))).flat();
  return taken.length === 0 ? [] : [...taken, ...(await takeAll(services, prefix))];
}

function actionsOf(
  { clock, take, handlers }: Pick<World, 'clock' | 'take' | 'handlers'>,
  pollOnce: () => Promise<void>,
) {
  const handle = ({ type, messageId }: Queued) => handlers[type].handle(messageId, clock.now() + 28_000);

  async function work(): Promise<number> {
    const queued = await take();
    for (const each of queued) await handle(each);
    return queued.length === 0 ? 0 : queued.length + (await work());
  }

  async function run(): Promise<void> {
    do {
      clock.advance(minute);
      await pollOnce();
    } while ((await work()) > 0);
  }

  return { poll: pollOnce, handle, work, run };
}
