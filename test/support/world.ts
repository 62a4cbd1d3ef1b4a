import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { type PortalSimulator, startSimulator } from '../../infra/local/portal/simulator.ts';
import { account } from '../../infra/local/resources.ts';
import { startTransfers } from '../../shared/files/start.ts';
import type { Bridge } from '../../shared/messages/bridge.ts';
import { poll } from '../../shared/messages/poll.ts';
import { createPortal } from '../../shared/portal/client.ts';
import { type MessageType, messageTypes } from '../../shared/portal/messages.ts';
import { createClients } from './clients.ts';
import { TestClock } from './clock.ts';
import { createHandlers, type Handler } from './handlers.ts';
import { Outside } from './outside.ts';
import { Rows } from './rows.ts';
import { createTables, type Services } from './services.ts';

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
  bridge: Bridge;
  clock: TestClock;
  outside: Outside;
  portal: PortalSimulator;
  rows: Rows;
  logs: LogLine[];
  handlers: Record<MessageType, Handler>;
  filesBucket: string;
  /** Inputs of the executions that were started. */
  executions: unknown[];
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
export async function createWorld(services: Services, settings: Partial<Bridge['settings']> = {}): Promise<World> {
  const prefix = `w${randomUUID().slice(0, 8)}`;
  const clock = new TestClock();
  const outside = new Outside();
  const logs: LogLine[] = [];
  const { db, sqs, s3, sfn, executions } = createClients(services, outside);
  const portal = await startSimulator({ apiKey });
  onTestFinished(() => portal.stop());
  const tables = await createTables(services.dynamo.client, prefix);
  const [internalBucket, filesBucket] = [`${prefix}-internal`, `${prefix}-files`];
  await Promise.all([internalBucket, filesBucket].map((bucket) => services.s3.createBucket(bucket)));
  await Promise.all(messageTypes.map((type) => services.sqs.createQueue({ id: `${prefix}-${type}`, properties: {} })));
  const log =
    (level: LogLine['level']) =>
    (message: string, extra: object = {}) =>
      void logs.push({ level, message, ...extra });
  const bridge: Bridge = {
    db,
    sqs,
    s3,
    portal: outside.watchPortal(createPortal({ baseUrl: portal.url, apiKey: async () => apiKey })),
    clock,
    log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    tables,
    internalBucket,
    queues: Object.fromEntries(
      messageTypes.map((type) => [type, `${services.sqs.endpoint}/${account}/${prefix}-${type}`]),
    ),
    settings: { pollSeconds: 60, maxAttempts: 5, mismatchesPerHour: 20, holdMismatchesOf: [], ...settings },
  };
  const transfers = { bridge, tables, sfn, stateMachineArn: 'arn:aws:states:::transfer', slots: 4 };
  const handlers = createHandlers(bridge, tables, filesBucket, transfers, async () => JSON.stringify(passwordSecret));

  async function take(): Promise<Queued[]> {
    const ofType = async (type: MessageType) => {
      const received = await services.sqs.receive(`${prefix}-${type}`, 10, 0);
      const handles = received.map((message) => message.ReceiptHandle);
      await services.sqs.delete(`${prefix}-${type}`, handles);
      return received.map(({ Body }): Queued => ({ type, messageId: JSON.parse(Body).messageId }));
    };
    const taken = (await Promise.all(messageTypes.map(ofType))).flat();
    return taken.length === 0 ? [] : [...taken, ...(await take())];
  }
  const handle = ({ type, messageId }: Queued) => handlers[type].handle(messageId, clock.now() + 28_000);
  const pollOnce = () =>
    poll(bridge, {
      tables,
      startTransfers: () => startTransfers(transfers),
      deadline: clock.now() + 5 * minute,
    });
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
  const rows = new Rows(db, tables);
  return {
    bridge,
    clock,
    outside,
    portal,
    rows,
    logs,
    handlers,
    filesBucket,
    executions,
    poll: pollOnce,
    take,
    handle,
    work,
    run,
  };
}
