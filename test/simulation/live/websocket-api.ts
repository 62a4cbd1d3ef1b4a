import { managementSockets, type Sockets } from '../../../shared/live/sockets.ts';
import { TransientError } from '../../../shared/platform/errors.ts';
import type { Calls, Process } from '../calls.ts';
import type { SimulatedFaults } from '../faults.ts';
import type { Random } from '../random.ts';
import type { Scheduler } from '../time.ts';

/** The client's end of a connection. */
export interface ClientEnd {
  onOpen(): void;
  onMessage(text: string): void;
  onClose(code: number): void;
}

/** A connection, as API Gateway has it. Times are milliseconds since 1970. */
export interface ServerConnection {
  readonly connectionId: string;
  /** Name of the client. */
  readonly client: string;
  readonly connectedAt: number;
  readonly end: ClientEnd;
  state: 'connecting' | 'open' | 'closed';
  /** Whether nothing arrives at the other side any more, in both directions. */
  isStalled: boolean;
  /** When what was sent last arrives, at the client and at the server: what is sent later arrives later. */
  arrival: { client: number; server: number };
}

interface Outside<Version> {
  scheduler: Scheduler;
  calls: Calls<Version>;
  faults: SimulatedFaults;
  random: Random;
}

/** Invokes the function of the routes. @returns nothing when it ended early or failed */
type Invoke = (event: object) => Promise<{ statusCode: number } | undefined>;

/** Faults of connections. */
export const networkFaults = ['connection cut', 'connection stalled'] as const;

/** Milliseconds of an invocation's way to its function, and of one that waits for an environment. */
const [usualStart, lateStart] = [10, 3_000];
const longestWay = 40;
/** Milliseconds after which API Gateway finds that a connection is dead. */
const longestUnnoticed = 60_000;
/** Milliseconds: the age that an old connection begins with, a little before its client is told to connect anew. */
const oldAge = 110 * 60_000 - 20_000;

/** API Gateway's end of the WebSocket API: keeps the connections, invokes a function for what comes, and posts for functions. */
export class SimulatedWebSocketApi<Version> {
  readonly connections = new Map<string, ServerConnection>();
  /** Told of each text that a function posts to a connection that is open. */
  onPost: (connection: ServerConnection, text: string, process: Process<Version>) => void = () => {};
  readonly #outside: Outside<Version>;
  readonly #invoke: Invoke;

  constructor(outside: Outside<Version>, invoke: Invoke) {
    this.#outside = outside;
    this.#invoke = invoke;
  }

  /** Connections that are open. */
  get open(): ServerConnection[] {
    return [...this.connections.values()].filter(({ state }) => state === 'open');
  }

  /** Connects a client, now and then with a connection that was begun long ago. */
  connect(client: string, end: ClientEnd): ServerConnection {
    const { scheduler, random } = this.#outside;
    const connection: ServerConnection = {
      connectionId: `c${this.connections.size + 1}`,
      client,
      connectedAt: scheduler.now - (random.fork('ages').chance(0.15) ? oldAge : 0),
      end,
      state: 'connecting',
      isStalled: false,
      arrival: { client: 0, server: 0 },
    };
    this.connections.set(connection.connectionId, connection);
    this.#arrive(connection, 'server', () => void this.#begin(connection));
    return connection;
  }

  /** Sends a client's message. */
  send(connection: ServerConnection, text: string): void {
    this.#arrive(connection, 'server', () => {
      if (connection.state === 'open') void this.#handle(connection, text);
    });
  }

  /** Ends a connection from the client's side. */
  leave(connection: ServerConnection): void {
    this.#arrive(connection, 'server', () => this.#end(connection));
  }

  /** Lets a connection suffer what networks do, if the faults of the run say so. */
  disturb(connection: ServerConnection): void {
    const { scheduler, faults, random } = this.#outside;
    const fault = faults.draw('network', networkFaults);
    if (!fault) return;
    connection.isStalled = true;
    const chance = random.fork('network');
    if (fault === 'connection cut') connection.end.onClose(1006);
    const unnoticed = fault === 'connection cut' && chance.chance(0.5) ? 0 : chance.next() * longestUnnoticed;
    scheduler.after(unnoticed, () => this.#end(connection));
  }

  /** The connections as a process has them. */
  seenBy(process: Process<Version>): Sockets {
    return managementSockets((method, id, text) =>
      this.#outside.calls.make(process, {
        service: 'connections',
        what: () => `${method} ${id} ${text ?? ''}`,
        perform: () => this.#manage(process, id, method === 'DELETE' ? undefined : (text ?? '')),
        lost: () => new TransientError('API Gateway: no answer'),
        busy: () => new TransientError('API Gateway: too many messages'),
      }),
    );
  }

  /** Sends a text to a client, or ends the connection without one. @returns the status of the answer */
  #manage(process: Process<Version>, id: string, text: string | undefined): number {
    const connection = this.connections.get(id);
    if (connection?.state !== 'open') return 410;
    if (text === undefined) {
      this.#end(connection, 1000);
      return 204;
    }
    this.onPost(connection, text, process);
    this.#post(connection, text);
    return 200;
  }

  async #begin(connection: ServerConnection): Promise<void> {
    const answer = await this.#invoke(this.#event(connection, '$connect'));
    if (connection.state === 'closed') return;
    if (answer?.statusCode === 200) {
      connection.state = 'open';
      this.#arrive(connection, 'client', () => connection.end.onOpen());
    } else {
      connection.state = 'closed';
      this.#arrive(connection, 'client', () => connection.end.onClose(1006));
    }
  }

  async #handle(connection: ServerConnection, body: string): Promise<void> {
    const { scheduler, faults, random } = this.#outside;
    const event = { ...this.#event(connection, '$default'), body };
    const isLate = faults.draw('invocation', ['invocation late']) !== undefined;
    await scheduler.sleep(random.fork('starts').next() * (isLate ? lateStart : usualStart));
    const answer = await this.#invoke(event);
    const failure = { message: 'Internal server error', connectionId: connection.connectionId, requestId: 'r' };
    if (!answer && connection.state === 'open') this.#post(connection, JSON.stringify(failure));
  }

  #end(connection: ServerConnection, code?: number): void {
    if (connection.state === 'closed') return;
    const wasOpen = connection.state === 'open';
    connection.state = 'closed';
    if (code !== undefined) this.#arrive(connection, 'client', () => connection.end.onClose(code));
    if (!wasOpen || this.#outside.faults.draw('disconnect', ['disconnect lost'])) return;
    const event = this.#event(connection, '$disconnect');
    this.#outside.scheduler.after(this.#way(), () => void this.#invoke(event));
  }

  #post(connection: ServerConnection, text: string): void {
    this.#arrive(connection, 'client', () => connection.end.onMessage(text));
  }

  /** Has something arrive after all that was sent before, unless the network is stalled. */
  #arrive(connection: ServerConnection, side: 'client' | 'server', act: () => void): void {
    const { scheduler } = this.#outside;
    const at = Math.max(scheduler.now + this.#way(), connection.arrival[side] + 0.01);
    connection.arrival[side] = at;
    scheduler.after(at - scheduler.now, () => {
      if (!connection.isStalled) act();
    });
  }

  #way = (): number => 1 + this.#outside.random.fork('ways').next() ** 2 * longestWay;

  #event({ connectionId, connectedAt }: ServerConnection, routeKey: string) {
    const requestTimeEpoch = Math.floor(this.#outside.scheduler.now);
    const identity = { sourceIp: '192.0.2.1' };
    return { requestContext: { routeKey, connectionId, connectedAt, requestTimeEpoch, identity } };
  }
}
