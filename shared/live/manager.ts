import { InvalidInputError } from '../platform/errors.ts';
import type { Authenticate } from './authenticate.ts';
import { type Pushed, push } from './channel/push.ts';
import { subscriptionsOf } from './channel/subscriptions.ts';
import { closeConnection } from './close.ts';
import type { Connection } from './connection.ts';
import type { LiveContext } from './context.ts';
import { defaultTimeout, shortestTimeout } from './limits.ts';
import { sessionsIn } from './presence.ts';
import type { Message } from './protocol/message.ts';
import { createRegistration, type Handler, type Registration, type Schema } from './registration.ts';
import { readConnection } from './request/turn.ts';

export interface ManagerOptions {
  /** Seconds for the first message, and between any two messages; 30 by default, at least 5. */
  timeout?: number;
}

/** Result of a push. */
export interface Sent {
  /** Number of connections that got the push. */
  delivered: number;
  /** Whether any connection got it. */
  success: boolean;
}

/**
 * The actions of a WebSocket API, and pushes to its connections.
 *
 * @example
 * const manager = new Manager(context, authenticate);
 * manager.register('measure', async ({ value }, connection) => {
 *   await manager.sendAll({ action: 'measured', value }, connection);
 *   return [true, { value }];
 * }, { type: 'object', properties: { value: { type: 'number' } }, required: ['value'] });
 */
export class Manager {
  readonly context: LiveContext;
  readonly authenticate: Authenticate;
  /** In seconds. */
  readonly timeout: number;
  readonly #registrations = new Map<string, Registration>();

  constructor(context: LiveContext, authenticate: Authenticate, { timeout = defaultTimeout }: ManagerOptions = {}) {
    this.context = context;
    this.authenticate = authenticate;
    if (timeout < shortestTimeout) context.log.warn('timeout is too short', { timeout, used: defaultTimeout });
    this.timeout = timeout < shortestTimeout ? defaultTimeout : timeout;
  }

  /** Registered actions, by name. */
  get registrations(): ReadonlyMap<string, Registration> {
    return this.#registrations;
  }

  /**
   * Lets clients ask for an action. Registering it again replaces it.
   *
   * @param schema of the whole message; every message passes without one
   * @param description for people, in the description of the API
   * @throws ConfigurationError when the action is one of the protocol's own
   * @throws Error when the schema is no JSON Schema
   */
  register(action: string, handler: Handler, schema?: Schema, description?: string): void {
    this.#registrations.set(action, createRegistration(action, handler, schema, description));
  }

  /** Pushes a message to all connections of a channel. @param to a channel, or a connection whose channel is meant */
  async send(message: Message, to: string | Connection): Promise<Sent> {
    return resultOf(await push(this.context, typeof to === 'string' ? to : to.channel, message));
  }

  /**
   * Pushes a message to all other connections of the sender's channel.
   *
   * @param message with its `action`
   * @param success added to the message if it has none
   * @throws InvalidInputError when the message has no action
   */
  async sendAll(message: Message, sender: Connection, success?: boolean): Promise<Sent> {
    if (typeof message.action !== 'string') throw new InvalidInputError('message.action: must be a text');
    const full = success === undefined ? message : { success, ...message };
    return resultOf(await push(this.context, sender.channel, full, { except: sender.session }));
  }

  /** Pushes a message to all other connections of the sender's channel, with `success: true` if it has none. */
  async notify(message: Message, sender: Connection): Promise<Sent> {
    return resultOf(
      await push(this.context, sender.channel, { success: true, ...message }, { except: sender.session }),
    );
  }

  /** Whether a connection is open and authenticated. @param connection or its id at API Gateway */
  async isConnected(connection: Connection | string): Promise<boolean> {
    const row = await readConnection(this.context, idOf(connection));
    return row?.state === 'open';
  }

  /** Closes a connection. @param connection or its id at API Gateway */
  async disconnect(connection: Connection | string): Promise<void> {
    const row = await readConnection(this.context, idOf(connection));
    if (row) await closeConnection(this.context, { connectionId: row.connectionId, channel: row.identity?.channel });
  }

  /** Sessions that are connected to a channel. */
  async present(channel: string): Promise<string[]> {
    return sessionsIn(await subscriptionsOf(this.context, channel), this.context.clock.now());
  }
}

const idOf = (connection: Connection | string): string =>
  typeof connection === 'string' ? connection : connection.connectionId;

const resultOf = ({ delivered }: Pushed): Sent => ({ delivered, success: delivered > 0 });
