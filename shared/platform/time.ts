import { setTimeout as wait } from 'node:timers/promises';

/** Source of time and randomness, passed in so that simulations can control them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
  /** Resolves after a number of milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** A signal that is aborted after a number of milliseconds, rounded down, at least one. */
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

/** Resolves after a number of milliseconds, or when the signal is aborted. */
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

/** Tolerated difference between the clocks of the writer and the reader of a time, in milliseconds. */
const clockTolerance = 300_000;

/**
 * The latest plausible end of a wait. A later time was written by a clock that was ahead, for example before the clock was
 * corrected, and counts as past.
 *
 * @param now milliseconds since 1970
 * @param longest the longest wait ever written, in milliseconds
 */
export const farthest = (now: number, longest: number): number => now + longest + clockTolerance;

/** Whether a time is in the future and plausible; see `farthest`. */
export const isAhead = (until: number | undefined, now: number, longest: number): boolean =>
  until !== undefined && until > now && until <= farthest(now, longest);
