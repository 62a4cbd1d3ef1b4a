import type { Received } from './push-sequence.ts';

/** Most pushes that wait for a reader. */
const maxQueued = 10_000;

/** Pushes and gaps that wait for their reader, an iterator. */
export class ReceivedQueue implements AsyncIterableIterator<Received> {
  #queue: Received[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<Received>>[] = [];
  #ended: { error?: Error } | undefined;
  readonly #onReturn: () => void;

  /** @param onReturn called when the reader stops */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  push(received: Received): void {
    if (this.#ended) return;
    const reader = this.#waiting.shift();
    if (reader) reader.resolve({ done: false, value: received });
    else this.#queue.push(received);
    if (this.#queue.length > maxQueued) this.#queue = collapsed(this.#queue);
  }

  /** Ends the iteration after what has been received. @param error thrown to the reader then */
  end(error?: Error): void {
    this.#ended ??= error ? { error } : {};
    for (const reader of this.#waiting.splice(0)) settleEnd(reader, this.#ended);
  }

  next(): Promise<IteratorResult<Received>> {
    const reader = Promise.withResolvers<IteratorResult<Received>>();
    const received = this.#queue.shift();
    if (received) reader.resolve({ done: false, value: received });
    else if (this.#ended) settleEnd(reader, this.#ended);
    else this.#waiting.push(reader);
    return reader.promise;
  }

  async return(): Promise<IteratorResult<Received>> {
    this.#onReturn();
    this.#queue = [];
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function settleEnd({ resolve, reject }: PromiseWithResolvers<IteratorResult<Received>>, { error }: { error?: Error }) {
  if (error) reject(error);
  else resolve({ done: true, value: undefined });
}

/**
 * One gap in place of everything that the reader was too slow for. Pushes without a place are dropped, because they are about a
 * moment that has passed.
 */
function collapsed(queue: readonly Received[]): Received[] {
  const spans = queue.flatMap((received) => {
    if (received.type === 'gap') return received;
    const { place } = received;
    return place ? { before: { ...place, offset: place.offset - 1 }, after: place } : [];
  });
  const [first, last] = [spans[0], spans.at(-1)];
  return first && last ? [{ type: 'gap', before: first.before, after: last.after }] : [];
}
