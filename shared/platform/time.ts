import { setTimeout as wait } from 'node:timers/promises';

/** Time and chance, passed in so that a simulation can own them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** A signal that comes after so many milliseconds, rounded down, at least one. */
  timeout(milliseconds: number): AbortSignal;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: async (milliseconds) => {
    await wait(milliseconds);
  },
  timeout: (milliseconds) => AbortSignal.timeout(Math.max(1, Math.floor(milliseconds))),
};

/** Resolves after so many milliseconds, or at once when the signal comes. */
export async function abortableSleep(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  if (signal?.aborted) return;
  signal?.addEventListener('abort', stop, { once: true });
  await Promise.race([clock.sleep(milliseconds), aborted]);
  signal?.removeEventListener('abort', stop);
}

/**
 * When to try again after so many attempts: twice the poll's interval at first, doubling, at most an hour, the last
 * quarter drawn by chance so that what failed together does not come back together.
 *
 * @param attempts attempts made so far, at least 1
 * @param pollSeconds the poll's interval, in seconds
 * @returns milliseconds to wait
 */
export function backoff(attempts: number, pollSeconds: number, random: () => number): number {
  return Math.round(longestBackoff(attempts, pollSeconds) * (0.75 + 0.25 * random()));
}

/** The longest pause after so many attempts, in milliseconds. */
export function longestBackoff(attempts: number, pollSeconds: number): number {
  return Math.min(3_600_000, 2_000 * pollSeconds * 2 ** Math.min(Math.max(0, attempts - 1), 20));
}

/** By how much the clocks of two that write and read a time may differ, in milliseconds. */
const clockTolerance = 300_000;

/**
 * The last time until when somebody may have to wait. A later one was written by a clock that was ahead, before a restart with the
 * clock put right, say: it counts as over.
 *
 * @param now milliseconds since 1970
 * @param longest the longest wait that is ever written, in milliseconds
 */
export const farthest = (now: number, longest: number): number => now + longest + clockTolerance;

/** Whether a time is still to come, and can have been meant; see `farthest`. */
export const isAhead = (until: number | undefined, now: number, longest: number): boolean =>
  until !== undefined && until > now && until <= farthest(now, longest);
