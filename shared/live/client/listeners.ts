/** Callbacks that hear of something. */
export class Listeners<Heard extends readonly unknown[]> {
  readonly #callbacks = new Set<(...heard: Heard) => void>();

  get size(): number {
    return this.#callbacks.size;
  }

  /** @returns removes the callback */
  add(callback: (...heard: Heard) => void): () => void {
    // A function of its own, so that a callback that is added twice is called twice.
    const own = (...heard: Heard) => callback(...heard);
    this.#callbacks.add(own);
    return () => void this.#callbacks.delete(own);
  }

  call(...heard: Heard): void {
    for (const callback of [...this.#callbacks]) {
      try {
        callback(...heard);
      } catch (error) {
        // As the platform's EventTarget does: a fault of one callback is nothing to the others, nor to the connection.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
