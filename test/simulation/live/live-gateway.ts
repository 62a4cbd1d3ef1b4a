import { BatchGetCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { blockReason, readAccount } from '../../../shared/accounts/account.ts';
import { beginSession, type Tokens } from '../../../shared/accounts/session.ts';
import { publishEvents } from '../../../shared/history/publish.ts';
import type { LiveContext } from '../../../shared/live/context.ts';
import { pushRow } from '../../../shared/live/events/push-unpublished.ts';
import { gatewayManager } from '../../../shared/live/own-actions.ts';
import { serve } from '../../../shared/live/serve.ts';
import { socketEvent } from '../../../shared/live/socket-event.ts';
import { watchConnection } from '../../../shared/live/watch/lease.ts';
import { restartWatch } from '../../../shared/live/watch/restart.ts';
import { rowsToPush } from '../../../shared/live/watch/rows-to-push.ts';
import { watch } from '../../../shared/live/watch/watch.ts';
import { invocation, schedule } from '../../../shared/platform/middleware/chains.ts';
import type { Process } from '../calls.ts';
import type { SimulatedEventBus } from '../event-bus.ts';
import { type Runtime, SimulatedLambda } from '../simulated-lambda.ts';
import { tables } from '../simulated-services.ts';
import { SimulatedWebSocketApi } from './websocket-api.ts';

interface Outside extends Runtime<undefined> {
  bus: SimulatedEventBus<undefined>;
}

/** A request that a handler carries out. */
export interface Execution {
  connectionId: string;
  id: unknown;
  n: unknown;
  /** Milliseconds since 1970. */
  at: number;
}

/** Milliseconds, as infra/live.ts gives them to the functions, and as their files name the margins. */
const apiTime = 25_000;
const [publishTime, watchMargin, publishMargin] = [60_000, 15_000, 15_000];
const [deedTime, signInTime] = [30_000, 30_000];

/** The functions behind the WebSocket API, wired as in functions/live, and those that change what clients are told of. */
export class LiveGateway extends SimulatedLambda<undefined> {
  readonly api: SimulatedWebSocketApi<undefined>;
  /** Calls of the handler of the action `note`, in the order of time. */
  readonly executions: Execution[] = [];
  /** Watches that run, with their starts in milliseconds since 1970. */
  readonly watches = new Map<number, number>();
  /** Told of each read of an account's row by a process, when it begins. */
  onRead: (process: Process<undefined>, account: string) => void = () => {};
  /** When the last watch ended, in milliseconds since 1970. */
  watchEndedAt = 0;
  readonly #outside: Outside;
  readonly #watchTime: number;
  #watchCount = 0;

  /** @param watchTime milliseconds that the function has which watches */
  constructor(outside: Outside, watchTime: number) {
    super(outside, () => undefined);
    this.#outside = outside;
    this.#watchTime = watchTime;
    this.api = new SimulatedWebSocketApi(outside, (event) => this.#serve(event));
  }

  /** Publishes what happened, as functions/history/publish-events.ts does each minute. */
  async publish(): Promise<void> {
    await this.invoke('publish', publishTime, (process) => {
      const live = this.#context(process);
      const publishing = {
        ...live,
        bus: this.#outside.bus.seenBy(process),
        table: tables.unpublished,
        toPush: (rows: Parameters<typeof rowsToPush>[1]) => rowsToPush(live, rows),
        pushRow: (row: Parameters<typeof pushRow>[1]) => pushRow(live, row),
      };
      return schedule(publishing, {
        margin: publishMargin,
        run: async (deadline) => {
          await restartWatch(live, () => this.#startWatch(process));
          await publishEvents(publishing, deadline);
        },
      });
    });
  }

  /** Has something else of the gateway change what clients are told of. */
  async act(name: string, deed: (context: LiveContext) => Promise<unknown>): Promise<void> {
    await this.run(name, deedTime, (process) => deed(this.#context(process)));
  }

  /** Signs in to an account. @returns nothing when nobody may, and when the function ended early */
  async signIn(userName: string): Promise<Tokens | undefined> {
    return this.run('sign-in', signInTime, async (process) => {
      const context = this.#context(process);
      const account = await readAccount(context.db, tables.accounts, userName);
      if (!account || blockReason(account) !== undefined) return undefined;
      return beginSession(context, account, { restricted: false, refreshable: false, address: '192.0.2.1' });
    });
  }

  async #serve(event: object): Promise<{ statusCode: number } | undefined> {
    const handlerOf = (process: Process<undefined>) => {
      const context = this.#context(process);
      const onConnect = () => watchConnection(context, () => this.#startWatch(process));
      const manager = gatewayManager(context);
      manager.register('note', async ({ id, n }, { connectionId }) => {
        this.executions.push({ connectionId, id, n, at: this.#outside.scheduler.now });
        await context.clock.sleep(context.clock.random() * 50);
        return [true, { n }];
      });
      const goOn = (continuation: object) =>
        this.#start(process, 'api', async () => void (await this.#serve(continuation)));
      return invocation(context, { input: socketEvent, run: serve(manager, { onConnect, goOn }) });
    };
    return this.invoke('api', apiTime, handlerOf, event);
  }

  async #startWatch(process: Process<undefined>): Promise<void> {
    await this.#start(process, 'watch', () => this.#watch());
  }

  /** Has a function begin without waiting for it, as Lambda takes such an invocation. */
  async #start(process: Process<undefined>, name: string, begin: () => Promise<void>): Promise<void> {
    const { calls, scheduler, random } = this.#outside;
    await calls.make(process, {
      service: 'lambda',
      what: () => `Invoke ${name}`,
      perform: () => void scheduler.after(20 + random.fork('starts').next() * 200, () => void begin()),
      lost: () => Object.assign(new Error('no answer'), { name: 'TimeoutError' }),
      busy: () => Object.assign(new Error('slow down'), { name: 'TooManyRequestsException' }),
    });
  }

  async #watch(): Promise<void> {
    const id = ++this.#watchCount;
    this.watches.set(id, this.#outside.scheduler.now);
    await this.invoke('watch', this.#watchTime, (process) => {
      const context = this.#context(process);
      const { timeout } = gatewayManager(context);
      return schedule(context, {
        margin: watchMargin,
        run: async (deadline) => {
          if ((await watch(context, timeout, deadline)) === 'unfinished') await this.#startWatch(process);
        },
      });
    });
    this.watches.delete(id);
    this.watchEndedAt = this.#outside.scheduler.now;
  }

  #context(process: Process<undefined>): LiveContext {
    const [database, clock, log] = [this.databaseOf(process), this.clockOf(process), this.logOf(process)];
    const send = (command: Parameters<typeof database.send>[0]) => {
      for (const account of accountsRead(command)) this.onRead(process, account);
      return database.send(command);
    };
    const db = { send: send as typeof database.send };
    return { db, clock, log, tables, sockets: this.api.seenBy(process) };
  }
}

/** Names of the accounts whose rows a command reads. */
function accountsRead(command: object): string[] {
  if (command instanceof GetCommand)
    return command.input.TableName === tables.accounts ? [command.input.Key?.account] : [];
  if (!(command instanceof BatchGetCommand)) return [];
  return (command.input.RequestItems?.[tables.accounts]?.Keys ?? []).map(({ account }) => account);
}
