import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../shared/platform/time.ts';

interface Sleeper {
  at: number;
  wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class TestClock implements Clock {
  #now = Date.UTC(2025, 0, 6, 8);
  #sleepers: Sleeper[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  sleep(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sleepers.push({ at: this.#now + milliseconds, wake: resolve });
    return promise;
  }

  timeout(milliseconds: number): AbortSignal {
    return AbortSignal.timeout(Math.max(1, Math.floor(milliseconds)));
  }

  /** Is put right by so many milliseconds, having been ahead. */
  goBack(milliseconds: number): void {
    this.#now -= milliseconds;
  }

  /** Goes on by so many milliseconds, waking in order whoever sleeps until then. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      const [next] = this.#sleepers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at);
      if (!next) break;
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await nextTurn();
    }
    this.#now = end;
  }
}
