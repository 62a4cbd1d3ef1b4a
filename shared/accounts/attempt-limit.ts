/** Record of the attempts to sign in with one user name, or from one address. Times are milliseconds since 1970. */
export interface Attempts {
  /** Attempts since the last successful one, including those under way. */
  failures: number;
  lastAt: number;
}

/** Number of wrong attempts after which each further one has to wait, twice as long each time. */
export interface AttemptLimit {
  free: number;
}

/** For one user name, existing or not. */
export const userNameLimit: AttemptLimit = { free: 5 };

/** For one address, from which a whole department may come. */
export const addressLimit: AttemptLimit = { free: 50 };

/** The first wait and the longest, in milliseconds. */
const firstWait = 1_000;
const longestWait = 900_000;

/** Milliseconds without an attempt after which earlier attempts no longer count. */
export const quietTime = 900_000;

/**
 * Milliseconds until the next attempt is allowed; 0 if it is allowed now.
 *
 * @param now milliseconds since 1970
 */
export function waitOf({ free }: AttemptLimit, attempts: Attempts | undefined, now: number): number {
  if (!attempts || isForgotten(attempts, now) || attempts.failures < free) return 0;
  const wait = Math.min(longestWait, firstWait * 2 ** Math.min(attempts.failures - free, 20));
  return Math.max(0, Math.min(wait, attempts.lastAt + wait - now));
}

/** The record with one more attempt, which counts as wrong until it succeeds. */
export function countAttempt(attempts: Attempts | undefined, now: number): Attempts {
  const before = attempts && !isForgotten(attempts, now) ? attempts.failures : 0;
  return { failures: before + 1, lastAt: now };
}

/** The longest wait ends before its attempts are forgotten. */
const isForgotten = ({ lastAt }: Attempts, now: number) => now - lastAt >= quietTime + longestWait;
