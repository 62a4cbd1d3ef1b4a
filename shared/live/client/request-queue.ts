import { InvalidInputError } from '../../platform/errors.ts';
import { NotSentError, UnansweredError } from './errors.ts';
import type { LiveConnection, PendingRequest } from './live-connection.ts';
import type { Message } from './message.ts';
import type { Timing } from './timing.ts';

/** Bytes of a message: platforms send it as one frame (Amazon API Gateway quotas, "WebSocket frame size"). */
const maxMessageBytes = 32 * 1_024;

/** Requests that wait for a connection with room for them. Each is sent once at most. */
export class RequestQueue {
  readonly #timing: Timing;
  #waiting: PendingRequest[] = [];
  readonly #sent = new Map<PendingRequest, LiveConnection>();

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /**
   * Lets a request wait, until `sendBy` sends it.
   *
   * @param timeout milliseconds for the answer
   * @returns the answer
   */
  add(message: Message, timeout: number): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    if (sizeOf(message) > maxMessageBytes) {
      reject(new InvalidInputError(`The request ${message.action} must have at most 32 KB`));
      return promise;
    }
    const request = { message, resolve, reject };
    const cancel = this.#timing.after(timeout, () => this.#giveUp(request, timeout));
    this.#waiting.push(request);
    return promise.finally(() => {
      cancel();
      this.#sent.delete(request);
    });
  }

  /** Sends as many requests as a connection has room for. */
  sendBy(connection: LiveConnection | undefined): void {
    while (connection?.hasRoom) {
      const request = this.#waiting.shift();
      if (!request) return;
      this.#sent.set(request, connection);
      connection.send(request);
    }
  }

  /** Rejects all that wait. */
  end(error: Error): void {
    for (const request of this.#waiting.splice(0)) request.reject(error);
  }

  #giveUp(request: PendingRequest, timeout: number): void {
    const connection = this.#sent.get(request);
    if (connection) {
      connection.giveUp(request);
      request.reject(new UnansweredError(`No answer within ${timeout} ms`));
    } else {
      this.#waiting = this.#waiting.filter((one) => one !== request);
      request.reject(new NotSentError(`No connection within ${timeout} ms`));
    }
  }
}

const sizeOf = (message: Message): number =>
  new TextEncoder().encode(JSON.stringify({ ...message, id: Number.MAX_SAFE_INTEGER })).length;
