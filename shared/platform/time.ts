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
  const longest = 3_600_000;
  const full = Math.min(longest, 2_000 * pollSeconds * 2 ** Math.min(attempts - 1, 20));
  return Math.round(full * (0.75 + 0.25 * random()));
}
