import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { CloseReason, ConnectionOrigin } from './event.ts';
import { frameReader } from './frames.ts';

/** Bytes that a frame may have (Amazon API Gateway quotas, "WebSocket API quotas"). */
const longestFrame = 32 * 2 ** 10;
/** Bytes that wait for a client which reads slowly. How many API Gateway keeps is not documented. */
const mostBuffered = 2 ** 20;
/** Messages of a connection that are at work; others wait unread. How many API Gateway takes is not documented. */
const mostAtWork = 100;
const binary = 2;

/** In milliseconds. */
export interface ConnectionLimits {
  /** Longest time without a message in any direction. Control frames do not count. */
  idle: number;
  /** Longest time of a connection. */
  life: number;
}

export interface ClientConnectionListener {
  /** @returns when the work on the message has ended */
  onMessage(body: string): Promise<void>;
  /** Called once, when the connection is closed or begins to be closed from this side. */
  onEnd(ending: CloseReason): void;
}

/** A client's connection: ends with what API Gateway does not take, and when its time is over. */
export class ClientConnection {
  readonly origin: ConnectionOrigin;
  /** In ms since 1970. */
  lastActiveAt = Date.now();
  private readonly client: WebSocket;
  private readonly listener: ClientConnectionListener;
  private readonly limits: ConnectionLimits;
  private readonly life: NodeJS.Timeout;
  private idle: NodeJS.Timeout | undefined;
  private ended = false;
  private atWork = 0;
  private readonly unread: string[] = [];

  constructor(
    client: WebSocket,
    origin: ConnectionOrigin,
    limits: ConnectionLimits,
    listener: ClientConnectionListener,
  ) {
    this.client = client;
    this.origin = origin;
    this.limits = limits;
    this.listener = listener;
    client.on('message', (data: Buffer) => this.receive(data.toString()));
    client.on('error', ({ code }: NodeJS.ErrnoException) => this.finish({ code: closeCodeOf(code), reason: '' }));
    client.on('close', (code, reason) => this.finish({ code, reason: reason.toString() || reasons[code] || '' }));
    this.life = setTimeout(() => this.goAway(), limits.life);
    this.watchIdleness();
  }

  /** Ends the connection by a frame that is too long or binary. */
  checkFrame({ opcode, length }: { opcode: number; length: number }): void {
    if (opcode === binary) this.close(1003);
    else if (length > longestFrame) this.close(1009);
  }

  /** Sends a text, in frames as long as they may be. @returns false when the client has too much to read already */
  send(text: Buffer): boolean {
    if (this.client.bufferedAmount > mostBuffered) return false;
    this.lastActiveAt = Date.now();
    let start = 0;
    do {
      const end = start + longestFrame;
      this.client.send(text.subarray(start, end), { binary: false, fin: end >= text.length });
      start = end;
    } while (start < text.length);
    return true;
  }

  /** @param reason sent to the client */
  close(code: number, reason = ''): void {
    this.client.close(code, reason);
    this.finish({ code, reason: reason || reasons[code] || '' });
  }

  /** Closes the connection as API Gateway does when it is too old or idle. */
  goAway(): void {
    this.close(1001, 'Going away');
  }

  /** Resolves when the client has taken note of the end, or after some time. @param timeout milliseconds */
  async gone(timeout: number): Promise<void> {
    if (this.client.readyState === this.client.CLOSED) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.client.once('close', () => resolve());
    const timer = setTimeout(() => this.client.terminate(), timeout);
    await promise;
    clearTimeout(timer);
  }

  private receive(body: string): void {
    if (this.ended) return;
    this.lastActiveAt = Date.now();
    this.unread.push(body);
    this.work();
  }

  /** Hands messages on, so many at once that a flood does not take the concurrency of Lambda that others need. */
  private work(): void {
    while (this.atWork < mostAtWork && !this.ended) {
      const body = this.unread.shift();
      if (body === undefined) break;
      this.atWork++;
      void this.listener.onMessage(body).finally(() => {
        this.atWork--;
        this.work();
      });
    }
    const isFull = this.unread.length > 0 && !this.ended;
    if (isFull && !this.client.isPaused) this.client.pause();
    if (!isFull && this.client.isPaused) this.client.resume();
  }

  private watchIdleness(): void {
    const rest = this.lastActiveAt + this.limits.idle - Date.now();
    if (rest <= 0) this.goAway();
    else this.idle = setTimeout(() => this.watchIdleness(), rest);
  }

  private finish(ending: CloseReason): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.life);
    clearTimeout(this.idle);
    this.listener.onEnd(ending);
  }
}

/** Has a connection see the frames that come. It has to watch before `ws` reads, and there is no connection before that. */
export function watchFrames(socket: Duplex, connection: () => ClientConnection | undefined): void {
  const read = frameReader();
  socket.on('data', (bytes: Buffer) => {
    for (const frame of read(bytes)) connection()?.checkFrame(frame);
  });
}

/** Reasons that API Gateway gives in `disconnectReason` where the client gave none. */
const reasons: Readonly<Record<number, string>> = {
  1000: 'Connection Closed Normally',
  1005: 'Client-side close frame status not set',
  1006: 'Connection Closed Abnormally',
};

/** The code with which `ws` closes by itself, from its error's code. */
function closeCodeOf(error: string | undefined): number {
  if (error === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return 1009;
  if (error === 'WS_ERR_INVALID_UTF8') return 1007;
  return error?.startsWith('WS_ERR_') ? 1002 : 1006;
}
