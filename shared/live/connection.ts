/** Parts of the protocol that a client requests when it authenticates. Without them a client sees the original protocol. */
export const features = ['id', 'order', 'resume', 'presence', 'progress', 'poll'] as const;

export type Feature = (typeof features)[number];

/** Owner of a token, as an authenticator finds it. */
export interface Identity {
  /** A user's id, a device's code, or an account's name. */
  id: string | number;
  /** Name of the log that the connection's pushes are in. */
  channel: string;
  /** The e-mail address or user name of a person, or the code of a device. */
  code: string;
  uid?: number | undefined;
  /** Codes of a user's devices; `null` for a device. */
  belongs: readonly string[] | null;
  isUser: boolean;
  permissions: readonly string[] | number;
  /** When the token ends, in milliseconds since 1970. */
  validUntil: number;
  /** The gateway's account behind the token, and its session. */
  account?: { name: string; generation: string; sessionId: string };
  /** Groups of accounts to which events are addressed and to which the account belongs. */
  audiences?: readonly string[];
}

/** A connection, as the table `connections` keeps it. Times are milliseconds since 1970. */
export interface ConnectionRow {
  connectionId: string;
  /** `new` until the first message has authenticated it. */
  state: 'new' | 'open';
  /** The address of the client. */
  address: string;
  connectedAt: number;
  lastSeenAt: number;
  /** The visitor that the browser was before, by the handshake. */
  visitor?: string;
  identity?: Identity;
  features?: readonly Feature[];
  /** Name of a client's connection that outlives its reconnects. */
  session?: string;
  /** Set once the connection gets the pushes of its channel. */
  subscribed?: boolean;
  /** Bad messages in a row. */
  malformed?: number;
  /** Number of requests that wait for their turn, and of all that ever waited. */
  waiting: number;
  arrived: number;
  /** Number of requests that wait in their own invocations, because they may hold a token. */
  held?: number;
  /** The invocation that handles requests of the connection, and the end of its exclusive right. */
  handler?: string;
  handledUntil?: number;
  /** With the feature `order`: `id` of the request whose turn it is. */
  nextId?: number;
  /** When the client was told to reconnect. */
  reconnectAt?: number;
  /** Seconds since 1970: when DynamoDB removes the row, whatever else fails. */
  expiresAt: number;
}

/** An authenticated connection, as handlers of actions see it. */
export class Connection {
  readonly connectionId: string;
  readonly identity: Identity;
  readonly session: string;

  constructor(connectionId: string, identity: Identity, session: string) {
    this.connectionId = connectionId;
    this.identity = identity;
    this.session = session;
  }

  get id(): string | number {
    return this.identity.id;
  }

  /** The log that the connection's pushes are in. */
  get channel(): string {
    return this.identity.channel;
  }

  get isUser(): boolean {
    return this.identity.isUser;
  }

  toString(): string {
    return String(this.id);
  }
}
