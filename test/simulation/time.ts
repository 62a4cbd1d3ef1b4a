import type { Random } from './random.ts';

interface Event {
  at: number;
  /** Order among several at the same time. */
  tie: number;
  /** Nothing when it was called off. */
  run: (() => void) | undefined;
}

/** Steps that are queued together. */
const stepsAtOnce = 50;

const comesFirst = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.tie < b.tie);

/** When a simulation begins, in milliseconds since 1970. */
export const beginning = Date.UTC(2026, 0, 5, 8);

/** Everything that is to happen, by virtual time. What happens at the same time, happens in an order that the seed draws. */
export class Scheduler {
  /** Milliseconds since 1970. */
  now = beginning;
  steps = 0;
  readonly #random: Random;
  readonly #heap: Event[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param delay in milliseconds @returns calls it off */
  after(delay: number, run: () => void): () => void {
    const event: Event = { at: this.now + Math.max(0, delay), tie: this.#random.next(), run };
    let index = this.#heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!comesFirst(event, this.#heap[parent] as Event)) break;
      this.#heap[index] = this.#heap[parent] as Event;
      index = parent;
    }
    this.#heap[index] = event;
    return () => {
      event.run = undefined;
    };
  }

  /** Lets everything happen up to a time, each event with all that follows from it at once. */
  runUntil(time: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    let queued = 0;
    let isOver = false;
    // Node settles promises between any two of them; to go around its event loop for each takes longer.
    const queue = () => {
      for (; queued < stepsAtOnce; queued++) setImmediate(step);
    };
    const step = () => {
      if (isOver) return;
      queued--;
      isOver = !this.#runNext(time);
      if (isOver) resolve();
      else if (queued === 0) queue();
    };
    queue();
    return promise;
  }

  /** @returns whether something was left to happen up to this time, and did */
  #runNext(time: number): boolean {
    for (let next = this.#heap[0]; next !== undefined && next.at <= time; next = this.#heap[0]) {
      this.#removeFirst();
      if (!next.run) continue;
      this.now = next.at;
      this.steps++;
      next.run();
      return true;
    }
    this.now = time;
    return false;
  }

  sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.after(milliseconds, resolve);
    return promise;
  }

  timeout(milliseconds: number): AbortSignal {
    return this.timer(milliseconds).signal;
  }

  /** A signal that comes after so many milliseconds, unless it is called off. */
  timer(milliseconds: number): { signal: AbortSignal; callOff: () => void } {
    const controller = new AbortController();
    const timeout = () => controller.abort(new DOMException('The time is up', 'TimeoutError'));
    const callOff = this.after(Math.max(1, milliseconds), timeout);
    return { signal: controller.signal, callOff };
  }

  #removeFirst(): void {
    const moved = this.#heap.pop() as Event;
    if (this.#heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= this.#heap.length) break;
      const right = this.#heap[child + 1];
      if (right && comesFirst(right, this.#heap[child] as Event)) child++;
      if (!comesFirst(this.#heap[child] as Event, moved)) break;
      this.#heap[index] = this.#heap[child] as Event;
      index = child;
    }
    this.#heap[index] = moved;
  }
}
