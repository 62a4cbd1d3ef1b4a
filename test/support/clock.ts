import type { Clock } from '../../shared/platform/time.ts';

/** A clock that stands until it is told to go on. Sleeping takes no time but is written down. */
export class TestClock implements Clock {
  /** Milliseconds that somebody wanted to sleep. */
  readonly slept: number[] = [];
  #now = Date.UTC(2026, 0, 5, 8);
  #drawn = 0;

  now(): number {
    return this.#now;
  }

  /** Another number each time, the same ones in each test. Handed on by itself, as `Math.random` may be. */
  readonly random = (): number => {
    this.#drawn++;
    return (this.#drawn * 0.618034) % 1;
  };

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
  }

  timeout(milliseconds: number): AbortSignal {
    return AbortSignal.timeout(Math.max(1, Math.floor(milliseconds)));
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
