import { Listeners } from './listeners.ts';
import type { LogPlace, Message } from './message.ts';
import type { Received } from './push-sequence.ts';
import { ReceivedQueue } from './received-queue.ts';

export type PushCallback = (message: Message, place: LogPlace | undefined) => void;

export type GapCallback = (before: LogPlace, after: LogPlace) => void;

/** Receivers of pushes and gaps: iterators and callbacks. */
export class Receivers {
  readonly #queues = new Set<ReceivedQueue>();
  readonly #pushes = new Map<string, Listeners<Parameters<PushCallback>>>();
  readonly #gaps = new Listeners<Parameters<GapCallback>>();
  #isEnded = false;

  iterate(): AsyncIterableIterator<Received> {
    const queue: ReceivedQueue = new ReceivedQueue(() => this.#queues.delete(queue));
    if (this.#isEnded) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  /** @param action `*` for all actions without a callback of their own */
  onPush(action: string, callback: PushCallback): () => void {
    return this.#listenersOf(action).add(callback);
  }

  onGap(callback: GapCallback): () => void {
    return this.#gaps.add(callback);
  }

  deliver(received: Received): void {
    for (const queue of this.#queues) queue.push(received);
    if (received.type === 'gap') {
      this.#gaps.call(received.before, received.after);
    } else {
      const { message, place } = received;
      const own = this.#listenersOf(String(message.action));
      (own.size > 0 ? own : this.#listenersOf('*')).call(message, place);
    }
  }

  /** @param error thrown by the iterators after everything received before */
  end(error?: Error): void {
    this.#isEnded = true;
    for (const queue of this.#queues) queue.end(error);
    this.#queues.clear();
  }

  #listenersOf(action: string): Listeners<Parameters<PushCallback>> {
    const listeners = this.#pushes.get(action) ?? new Listeners();
    this.#pushes.set(action, listeners);
    return listeners;
  }
}
