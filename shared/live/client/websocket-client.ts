import { InvalidInputError, PermanentError } from '../../platform/errors.ts';
import { ClosedError } from './errors.ts';
import { Listeners } from './listeners.ts';
import { describeEnding, type Ending, LiveConnection, unauthorized } from './live-connection.ts';
import { type LogPlace, type Message, placeIn } from './message.ts';
import { PushSequence, type Received } from './push-sequence.ts';
import { type GapCallback, type PushCallback, Receivers } from './receivers.ts';
import { RequestQueue } from './request-queue.ts';
import { reconnectDelay, systemTiming, type Timing } from './timing.ts';
import { type TokenProvider, TokenSource } from './token-source.ts';

export interface ClientOptions {
  token: TokenProvider;
  /**
   * Place after which pushes are received, that of the last push handled before; by default the moment of the first connection.
   */
  from?: LogPlace;
  /** Whether sessions of the channel that come and go are pushed, too. */
  presence?: boolean;
  /** Whether the progress of transfers is pushed, too, at most once a second. It is not in the log: what is missed is not repeated. */
  progress?: boolean;
  /** Whether the end of each poll is pushed, too, to an operator. It is not in the log, either. */
  poll?: boolean;
  timing?: Timing;
}

/** `connecting` also between two attempts; `closed` for good. */
export type ClientState = 'connecting' | 'open' | 'closed';

/** @param reason for people; empty for `open` */
export type StateCallback = (state: ClientState, reason: string) => void;

export interface RequestOptions {
  /** Milliseconds for the answer, from the call on; 30,000 by default. */
  timeout?: number;
}

const defaultRequestTimeout = 30_000;

/** Milliseconds to wait for a missing push before requesting it. */
const missingTime = 1_000;

/** Milliseconds after which a connection counts as successful, so that the next failure counts as the first. */
const stableTime = 10_000;

/** Milliseconds before the renewal of a token is tried again. */
const minRenewalPause = 1_000;

/**
 * A client of the WebSocket API, for browsers and Node.js. It connects at once, again whenever the connection is lost, and goes
 * on with pushes where it was: each is received once, in the order of the log, and what the server lost is received as a gap.
 *
 * @example
 * const client = new WebsocketClient('wss://live.centre.example', { token: () => ({ token }) });
 * client.onPush('event', ({ event }) => console.log(event));
 * const { success } = await client.request('ping');
 * await client.close();
 */
export class WebsocketClient implements AsyncDisposable {
  readonly #url: () => Promise<string>;
  readonly #timing: Timing;
  readonly #features: readonly string[];
  readonly #tokens: TokenSource;
  readonly #requests: RequestQueue;
  readonly #receivers = new Receivers();
  readonly #sequence: PushSequence;
  readonly #states = new Listeners<Parameters<StateCallback>>();
  readonly #opened = Promise.withResolvers<void>();
  /** All connections that have not ended, including one being opened and one that was replaced. */
  readonly #connections = new Set<LiveConnection>();
  readonly #pauses = new Set<() => void>();
  #current: LiveConnection | undefined;
  #session: string | undefined;
  #state: ClientState = 'connecting';
  #error: Error | undefined;
  #isRecovering = false;
  #cancelRenewal = () => {};

  /**
   * @param url `wss:` or `https:`; `ws:` or `http:` on this machine alone. A function is asked at each attempt
   * @throws InvalidInputError for a URL to which no token may be sent
   */
  constructor(
    url: string | (() => string | Promise<string>),
    { token, from, presence = false, progress = false, poll = false, timing = systemTiming }: ClientOptions,
  ) {
    if (typeof url === 'string') socketUrl(url);
    this.#url = async () => socketUrl(typeof url === 'string' ? url : await url());
    this.#timing = timing;
    const more = { presence, progress, poll };
    this.#features = [
      'id',
      'order',
      'resume',
      ...(['presence', 'progress', 'poll'] as const).filter((name) => more[name]),
    ];
    this.#tokens = new TokenSource(token, timing);
    this.#requests = new RequestQueue(timing);
    this.#sequence = new PushSequence((received) => this.#receivers.deliver(received), from);
    // Nobody has to wait for it.
    this.#opened.promise.catch(() => {});
    void this.#run();
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Place of the newest push that was received; undefined before the first connection. */
  get place(): LogPlace | undefined {
    return this.#sequence.place;
  }

  /** Resolves at the first connection. Rejects with what has ended the client before: `AuthenticationError`, `ClosedError`. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /**
   * Sends a request. It waits for a connection if there is none, and is sent once at most: whoever repeats it after an
   * `UnansweredError` may have it carried out twice.
   *
   * @param data fields of the request
   * @returns the answer as it came; `success` says how the request ended
   * @throws NotSentError when there was no connection in time
   * @throws UnansweredError when no answer came in time, or the connection was lost before
   * @throws InvalidInputError when the request is larger than a frame of 32 KB
   * @throws ClosedError, or what else has ended the client
   */
  async request(action: string, data: Message = {}, options: RequestOptions = {}): Promise<Message> {
    if (this.#error) throw this.#error;
    const answer = this.#requests.add({ ...data, action }, options.timeout ?? defaultRequestTimeout);
    this.#requests.sendBy(this.#current);
    return answer;
  }

  /**
   * Iterates over the pushes and gaps received from this call on. Ends when the client is closed, and throws any other error
   * that ends the client.
   */
  receive(): AsyncIterableIterator<Received> {
    return this.#receivers.iterate();
  }

  /**
   * Calls back for each push of an action. What comes while there is no callback is not kept for one.
   *
   * @param action `*` for all that have no callback of their own
   * @returns removes the callback
   */
  onPush(action: string, callback: PushCallback): () => void {
    return this.#receivers.onPush(action, callback);
  }

  /** Calls back when the pushes between two places are lost. @returns removes the callback */
  onGap(callback: GapCallback): () => void {
    return this.#receivers.onGap(callback);
  }

  /** Calls back when the state changes, and when an attempt to connect fails. @returns removes the callback */
  onState(callback: StateCallback): () => void {
    return this.#states.add(callback);
  }

  /** Closes the client: requests without an answer are rejected. Resolves when the connection is closed. */
  async close(): Promise<void> {
    await this.#finish(new ClosedError('The client is closed'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#state !== 'closed'; ) {
      try {
        const connection = await this.#connect();
        const openedAt = this.#timing.now();
        const within = await Promise.race([connection.announced, connection.ended.then(() => undefined)]);
        if (this.#timing.now() >= openedAt + stableTime) failures = 0;
        if (within !== undefined) {
          // The old connection serves until the new one does.
          await this.#pause((this.#timing.random() * within * 1_000) / 2, connection.ended);
          continue;
        }
      } catch (error) {
        if (error instanceof PermanentError) await this.#finish(error);
        else if (this.#state === 'connecting') this.#states.call('connecting', textOf(error));
      }
      failures += 1;
      await this.#pause(reconnectDelay(failures, this.#timing.random()));
    }
  }

  /** Opens a connection that serves in place of the old one. @throws what keeps it from that */
  async #connect(): Promise<LiveConnection> {
    const url = await this.#url();
    const token = await this.#tokens.get();
    if (this.#error) throw this.#error;
    const from = this.#sequence.place;
    const resume = from && { ...from, ...(this.#session !== undefined && { session: this.#session }) };
    const auth = { action: 'auth', token, features: this.#features, ...(resume && { resume }) };
    const connection: LiveConnection = new LiveConnection(url, auth, this.#timing, {
      onOpen: (answer) => this.#serveBy(connection, answer, from),
      onPush: (message) => this.#take(connection, message),
      onPlace: (place) => this.#note(() => this.#sequence.reach(place)),
      onRoom: () => this.#requests.sendBy(this.#current),
    });
    this.#connections.add(connection);
    void connection.ended.then((ending) => this.#onEnd(connection, ending));
    const refusal = await connection.opened;
    if (!refusal) return connection;
    if (refusal.code === unauthorized) this.#tokens.refuse(refusal.comment);
    throw new Error(`no connection (${describeEnding(refusal)})`);
  }

  #serveBy(connection: LiveConnection, answer: Message, from: LogPlace | undefined): void {
    const old = this.#current;
    this.#current = connection;
    if (typeof answer.session === 'string') this.#session = answer.session;
    const place = placeIn(answer);
    if (place) this.#note(() => this.#sequence.resume(from, place, answer.recovered === true));
    this.#scheduleRenewal();
    this.#setState('open', '');
    this.#opened.resolve();
    this.#requests.sendBy(connection);
    old?.drain();
  }

  #take(connection: LiveConnection, message: Message): void {
    // Pushes that are not in the log come over the old connection, too.
    if (connection === this.#current || 'offset' in message) this.#note(() => this.#sequence.take(message));
  }

  #onEnd(connection: LiveConnection, ending: Ending): void {
    this.#connections.delete(connection);
    if (connection !== this.#current) return;
    this.#current = undefined;
    this.#cancelRenewal();
    if (ending.code === unauthorized) this.#tokens.discard();
    this.#setState('connecting', describeEnding(ending));
  }

  /** Has the sequence note something, and sees to what is missing after it. */
  #note(change: () => void): void {
    change();
    if (this.#sequence.isBehind && !this.#isRecovering) void this.#recover();
  }

  /** Asks for pushes that do not come by themselves. */
  async #recover(): Promise<void> {
    this.#isRecovering = true;
    while (this.#sequence.isBehind && this.#current) {
      const from = this.#sequence.place;
      await this.#pause(missingTime);
      if (this.#sequence.isBehind && this.#sequence.place === from && from) await this.#askMissing(from);
    }
    this.#isRecovering = false;
  }

  async #askMissing(from: LogPlace): Promise<void> {
    try {
      const answer = await this.request('resume', { ...from });
      const place = placeIn(answer);
      if (place) this.#sequence.resume(from, place, answer.recovered === true);
    } catch {
      // The next connection begins with the same question; on this one it is repeated.
    }
  }

  #scheduleRenewal(): void {
    this.#cancelRenewal();
    const { renewalIn } = this.#tokens;
    if (renewalIn === undefined) return;
    this.#cancelRenewal = this.#timing.after(Math.max(renewalIn, minRenewalPause), () => void this.#renew());
  }

  /** Replaces the token on the open connection. */
  async #renew(): Promise<void> {
    try {
      const answer = await this.request('auth', { token: await this.#tokens.renew() });
      const place = placeIn(answer);
      if (place) this.#note(() => this.#sequence.reach(place));
      // The token of before is valid until it ends. The next connection asks for another one.
      if (answer.success !== true) this.#tokens.discard();
    } catch {
      // Tried again while the token of before is valid, and by the next connection.
    }
    if (this.#current) this.#scheduleRenewal();
  }

  #setState(state: ClientState, reason: string): void {
    if (state === this.#state || this.#state === 'closed') return;
    this.#state = state;
    this.#states.call(state, reason);
  }

  async #finish(error: Error): Promise<void> {
    if (!this.#error) {
      this.#error = error;
      this.#cancelRenewal();
      this.#setState('closed', error.message);
      this.#opened.reject(error);
      this.#requests.end(error);
      this.#receivers.end(error instanceof ClosedError ? undefined : error);
      for (const end of this.#pauses) end();
    }
    await Promise.all([...this.#connections].map((connection) => connection.close()));
  }

  /** Resolves after a number of milliseconds, or when something else is over, or the client is closed. */
  async #pause(milliseconds: number, orUntil?: Promise<unknown>): Promise<void> {
    if (this.#error) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#timing.after(milliseconds, resolve);
    this.#pauses.add(resolve);
    await (orUntil ? Promise.race([promise, orUntil]) : promise);
    this.#pauses.delete(resolve);
    cancel();
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** @throws InvalidInputError for a URL to which no token may be sent */
function socketUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol.replace('http', 'ws');
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url?.hostname ?? '');
  if (!url || !(scheme === 'wss:' || (scheme === 'ws:' && isHere)))
    throw new InvalidInputError('The URL must be wss:, or ws: on this machine');
  return url.href.replace(url.protocol, scheme);
}
