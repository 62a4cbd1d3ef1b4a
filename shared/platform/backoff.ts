/**
 * Pause before the next attempt: twice the poll interval at first, doubling, at most an hour. The last quarter is random, so
 * that work that failed together is not retried together.
 *
 * @param attempts attempts made so far, at least 1
 * @param pollSeconds the poll's interval, in seconds
 * @returns milliseconds to wait
 */
export function backoff(attempts: number, pollSeconds: number, random: () => number): number {
  return Math.round(longestBackoff(attempts, pollSeconds) * (0.75 + 0.25 * random()));
}

/** Longest pause after a number of attempts, in milliseconds. */
export function longestBackoff(attempts: number, pollSeconds: number): number {
  return Math.min(3_600_000, 2_000 * pollSeconds * 2 ** Math.min(Math.max(0, attempts - 1), 20));
}
