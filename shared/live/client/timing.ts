/** Source of time and chance, passed in so that tests can control them. */
export interface Timing {
  /** Milliseconds since 1970. */
  now(): number;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Acts once, after a number of milliseconds. @returns cancels it */
  after(milliseconds: number, act: () => void): () => void;
}

/** Longest delay of the platform's timers, in milliseconds. A longer one would end at once. */
const maxDelay = 2 ** 31 - 1;

export const systemTiming: Timing = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(milliseconds, act) {
    const timer = setTimeout(act, Math.min(milliseconds, maxDelay));
    return () => clearTimeout(timer);
  },
};

const firstDelay = 500;
const longestDelay = 30_000;

/**
 * Pause before the next attempt to connect: exponential backoff with full jitter, so that clients which lost their connections
 * together do not come back together.
 *
 * @param failures attempts in a row that failed, at least 1
 * @param random a number from 0 up to, but not including, 1
 * @returns milliseconds
 */
export const reconnectDelay = (failures: number, random: number): number =>
  random * Math.min(longestDelay, firstDelay * 2 ** Math.min(failures - 1, 20));
