import { UnansweredError } from './errors.ts';
import { isPush, type LogPlace, type Message, parseMessage, placeIn } from './message.ts';
import type { Timing } from './timing.ts';

/** A request of the client, for which a connection finds the answer. */
export interface PendingRequest {
  /** Without its id. */
  message: Message;
  resolve(answer: Message): void;
  reject(error: Error): void;
}

/** Receives the events of a connection, in the order of its messages. */
export interface ConnectionListener {
  /** The server has authenticated the connection. */
  onOpen(answer: Message): void;
  onPush(message: Message): void;
  /** The newest place of the log, as an answer names it. */
  onPlace(place: LogPlace): void;
  /** There is room for another request. */
  onRoom(): void;
}

/** Why a connection ended: the server's code and comment, or the platform's. */
export interface Ending {
  code: number;
  comment: string;
}

/** Close codes of the protocol: the token is refused, expired or revoked; the server failed; no message came in time. */
export const unauthorized = 4401;
const serverFault = 1011;
const timedOut = 4408;

/** Milliseconds without any message from the server after which a connection counts as dead: longer than a request can last there. */
const minSilence = 30_000;

/** Seconds of silence that the server allows unless its answer says otherwise. */
const defaultTimeout = 30;

/** Requests without an answer that a connection may have. The server closes one with more than a hundred. */
const maxUnanswered = 40;

/** Milliseconds to wait for the end of a connection whose other side may be gone. */
const closeTime = 2_000;

/** One WebSocket: authenticates, pairs answers with requests, keeps itself open, and notices when the other side is gone. */
export class LiveConnection {
  /** Resolves when the connection is authenticated; with its ending if it never is. */
  readonly opened: Promise<Ending | undefined>;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<Ending>;
  /** Resolves when the server announces the end, with the seconds that are left. */
  readonly announced: Promise<number>;
  readonly #socket: WebSocket;
  readonly #timing: Timing;
  readonly #listener: ConnectionListener;
  readonly #unanswered = new Map<number, PendingRequest>();
  readonly #resolve: {
    ended(ending: Ending): void;
    opened(ending?: Ending): void;
    announced(within: number): void;
  };
  #state: 'opening' | 'open' | 'ended' = 'opening';
  #isDraining = false;
  #lastId = 0;
  #silence = minSilence;
  #keepaliveInterval = 0;
  #cancelSilence: () => void;
  #cancelKeepalive = () => {};

  /** @param auth the first message */
  constructor(url: string, auth: Message, timing: Timing, listener: ConnectionListener) {
    const ended = Promise.withResolvers<Ending>();
    const opened = Promise.withResolvers<Ending | undefined>();
    const announced = Promise.withResolvers<number>();
    this.ended = ended.promise;
    this.opened = opened.promise;
    this.announced = announced.promise;
    this.#resolve = { ended: ended.resolve, opened: opened.resolve, announced: announced.resolve };
    this.#timing = timing;
    this.#listener = listener;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener('open', () => this.#send(auth));
    this.#socket.addEventListener('message', ({ data }) => this.#receive(data));
    this.#socket.addEventListener('close', ({ code, reason }) => this.#end({ code, comment: reason }));
    this.#socket.addEventListener('error', () => this.#end({ code: 1006, comment: 'the connection failed' }));
    this.#cancelSilence = timing.after(this.#silence, () => this.#onSilence());
  }

  /** Whether another request may be sent. */
  get hasRoom(): boolean {
    return this.#state === 'open' && !this.#isDraining && this.#unanswered.size < maxUnanswered;
  }

  /** Sends a request, whose answer settles it. */
  send(request: PendingRequest): void {
    const id = ++this.#lastId;
    this.#unanswered.set(id, request);
    this.#send({ ...request.message, id });
  }

  /**
   * Stops waiting for the answer to a request. The server carries requests out in the order of their ids, so a request without
   * effect is sent with this id: if the first never reached the server, the later ones would wait for it.
   */
  giveUp(request: PendingRequest): void {
    for (const [id, one] of this.#unanswered) {
      if (one !== request) continue;
      const cancel = this.#timing.after(minSilence, () => this.#end({ code: timedOut, comment: 'no answer in time' }));
      this.#unanswered.set(id, { message: { action: 'keepalive' }, resolve: cancel, reject: cancel });
      this.#send({ action: 'keepalive', id });
    }
  }

  /** Refuses further requests, and closes the connection when its requests are answered. */
  drain(): void {
    this.#isDraining = true;
    this.#closeIfDrained();
  }

  /** Closes the connection. Resolves when the other side has closed it, too, or has not done so in time. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.addEventListener('close', () => resolve());
    this.#end({ code: 1000, comment: 'closed' });
    if (this.#socket.readyState === this.#socket.CLOSED) return;
    const cancel = this.#timing.after(closeTime, resolve);
    await promise;
    cancel();
  }

  #receive(data: unknown): void {
    const message = parseMessage(data);
    if (!message || this.#state === 'ended') return;
    this.#cancelSilence();
    this.#cancelSilence = this.#timing.after(this.#silence, () => this.#onSilence());
    // Browsers hold up timers of a hidden page that other timers began, by a minute: one that a message began is on time.
    if (this.#state === 'open' && message.action === 'keepalive') this.#keepAlive();
    const place = placeIn(message);
    if (this.#state === 'opening') this.#receiveFirst(message);
    else if (isPush(message)) this.#receivePush(message);
    else if (message.action === 'close') this.#end(endingIn(message));
    else if (typeof message.id === 'number') this.#settle(message.id, message);
    else if (message.action === 'keepalive' && place) this.#listener.onPlace(place);
  }

  /** The answer to the first message is the first that comes. */
  #receiveFirst(message: Message): void {
    if (message.success !== true) {
      this.#end(endingIn(message));
      return;
    }
    this.#state = 'open';
    const timeout = typeof message.timeout === 'number' && message.timeout > 0 ? message.timeout : defaultTimeout;
    this.#silence = Math.max(minSilence, timeout * 1_000);
    this.#keepaliveInterval = (timeout * 1_000 * 2) / 3;
    this.#keepAlive();
    this.#listener.onOpen(message);
    this.#resolve.opened();
  }

  #receivePush(message: Message): void {
    if (message.action === 'reconnect') this.#resolve.announced(Number(message.within) || 0);
    else this.#listener.onPush(message);
  }

  #settle(id: number, answer: Message): void {
    const request = this.#unanswered.get(id);
    if (!request) return;
    this.#unanswered.delete(id);
    request.resolve(answer);
    this.#closeIfDrained();
    this.#listener.onRoom();
  }

  #closeIfDrained(): void {
    if (this.#isDraining && this.#unanswered.size === 0) this.#end({ code: 1000, comment: 'replaced' });
  }

  /** The answer also has the place of the log, without which the loss of the newest push would go unnoticed. */
  #keepAlive(): void {
    this.#cancelKeepalive();
    this.#cancelKeepalive = this.#timing.after(this.#keepaliveInterval, () => {
      this.#send({ action: 'keepalive' });
      this.#keepAlive();
    });
  }

  #onSilence(): void {
    this.#end({ code: timedOut, comment: 'the server is silent' });
  }

  #send(message: Message): void {
    // A closing socket drops the message: the request then has no answer, like others that the server has not seen.
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #end(ending: Ending): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#cancelSilence();
    this.#cancelKeepalive();
    this.#socket.close();
    const error = new UnansweredError(`The connection ended before the answer (${describeEnding(ending)})`);
    for (const request of this.#unanswered.values()) request.reject(error);
    this.#unanswered.clear();
    this.#resolve.opened(ending);
    this.#resolve.ended(ending);
  }
}

export const describeEnding = ({ code, comment }: Ending): string => (comment ? `${code}: ${comment}` : `${code}`);

/** The ending of a connection whose last message says why. */
function endingIn({ action, code, comment }: Message): Ending {
  const text = typeof comment === 'string' ? comment : '';
  if (typeof code === 'number') return { code, comment: text };
  return { code: action === 'auth' && text !== '' ? unauthorized : serverFault, comment: text };
}
