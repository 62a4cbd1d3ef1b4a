import type { Clock } from '../../shared/platform/time.ts';

/** A clock that stands until it is told to go on. Sleeping takes no time but is written down. */
export class TestClock implements Clock {
  /** Milliseconds that somebody wanted to sleep. */
  readonly slept: number[] = [];
  #now = Date.UTC(2026, 0, 5, 8);

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}
