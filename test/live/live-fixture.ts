import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { region } from '../../infra/local/resources.ts';
import { anyCredentials } from '../../infra/local/services/guard.ts';
import { startWebSocketApi } from '../../infra/local/websocket-api/server.ts';
import type { Authenticate } from '../../shared/live/authenticate.ts';
import type { LiveContext } from '../../shared/live/context.ts';
import { Manager, type ManagerOptions } from '../../shared/live/manager.ts';
import { type ConnectionHooks, serve } from '../../shared/live/serve.ts';
import { socketEvent } from '../../shared/live/socket-event.ts';
import { managementSockets } from '../../shared/live/sockets.ts';
import { createManagementCall } from '../../shared/platform/management-api.ts';
import { invocation } from '../../shared/platform/middleware/chains.ts';
import { type Clock, systemClock } from '../../shared/platform/time.ts';
import { createClients } from '../support/clients.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { createAll } from '../support/lazy-tables.ts';
import { Outside } from '../support/outside.ts';
import { createTables, useServices } from '../support/services.ts';
import type { LogLine, World } from '../support/world.ts';
import { LiveClient } from './live-client.ts';

export interface Live {
  /** Where clients connect. */
  url: string;
  context: LiveContext;
  manager: Manager;
  logs: LogLine[];
  outside: Outside;
  /** Connects a client, which is closed when the test ends. @param headers of the handshake */
  connect(headers?: Record<string, string>): Promise<LiveClient>;
  /** Connects a client and authenticates it. */
  open(token: unknown, options?: object): Promise<LiveClient>;
  /** Waits until no invocation is under way: each goes on after the answer that its client gets. */
  idle(): Promise<void>;
}

export interface LiveOptions extends ManagerOptions, Partial<ConnectionHooks> {
  authenticate(context: LiveContext): Authenticate;
  register?(manager: Manager): void;
  clock?: Clock;
  /** A world whose tables and clock are used. */
  world?: Pick<World, 'outside' | 'logs' | 'tables'> & { context: Omit<LiveContext, 'sockets' | 'tables'> };
}

/** A WebSocket API as API Gateway serves it, whose function runs in this process. It ends with the test. */
export async function startLive(all: LiveOptions): Promise<Live> {
  const { authenticate, register, world, onConnect = async () => {}, visitorIn, onVisitor, ...options } = all;
  const { outside, logs, ...parts } = world
    ? { ...world, ...world.context, tables: world.tables }
    : await createParts();
  // Anything that a request does for longer would be cut off by crashes that are meant for later calls.
  if (world) await createAll(world.tables);
  const clock = options.clock ?? parts.clock;
  let handler: ReturnType<typeof invocation> | undefined;
  const running = new Set<Promise<unknown>>();
  function invoke(event: unknown) {
    const invoked = run(event).finally(() => running.delete(invoked));
    running.add(invoked);
    return invoked;
  }
  async function run(event: unknown) {
    const requestId = randomUUID();
    try {
      const result = await handler?.(
        event,
        lambdaContext(() => 25_000, requestId),
      );
      return { requestId, payload: JSON.stringify(result) };
    } catch (error) {
      const functionError = { errorType: 'Error', errorMessage: String(error) };
      return { requestId, payload: JSON.stringify(functionError), functionError };
    }
  }
  const api = await startWebSocketApi(
    {
      id: 'live',
      stage: 'live',
      selector: 'action',
      logFormat: '',
      routes: ['$connect', '$disconnect', '$default'].map((key) => ({
        key,
        function: 'live/api',
        timeout: 29_000,
        throttle: { rate: 10_000, burst: 10_000 },
      })),
    },
    {
      guard: async () => undefined,
      onRequest() {},
      invoke: (_function, event) => invoke(event),
    },
  );
  onTestFinished(() => api[Symbol.asyncDispose]());
  const caller = { region: async () => region, credentials: async () => anyCredentials };
  const sockets = managementSockets(createManagementCall(api.callbackUrl, caller, systemClock));
  const { db, log, tables } = parts;
  const context: LiveContext = { db, clock, log, tables, sockets };
  const manager = new Manager(context, authenticate(context), options);
  register?.(manager);
  const goOn = async (event: object) => void invoke(event);
  const hooks = { onConnect, goOn, ...(visitorIn && { visitorIn }), ...(onVisitor && { onVisitor }) };
  handler = invocation(context, { input: socketEvent, run: serve(manager, hooks) });
  const connect = async (headers: Record<string, string> = {}) => {
    const socket = await LiveClient.connect(api.url, headers);
    onTestFinished(() => socket.close());
    return socket;
  };
  return {
    ...{ url: api.url, context, manager, logs, outside, connect },
    async open(token, more = {}) {
      const socket = await connect();
      await socket.ask({ action: 'auth', token, ...more });
      return socket;
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

/** Tables of their own, on the system's clock. */
async function createParts() {
  const services = await useServices();
  const outside = new Outside();
  const { db } = createClients(services, outside);
  const tables = await createTables(services.dynamo.client, `live-${randomUUID().slice(0, 8)}`);
  const logs: LogLine[] = [];
  const write = (level: LogLine['level']) => (message: string, extra?: object) => {
    logs.push({ level, message, ...extra });
  };
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  return { db, outside, tables, logs, log, clock: systemClock };
}
