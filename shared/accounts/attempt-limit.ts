/** Record of the tries to sign in with one user name, or from one address. Times are milliseconds since 1970. */
export interface Attempts {
  /** Tries since the last that was right, the ones under way included. */
  failures: number;
  lastAt: number;
}

/** When tries are slowed down: after so many that were wrong, by a wait that doubles with each more. */
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

/** Milliseconds after which the tries of before no longer count. */
export const quietTime = 900_000;

/**
 * Milliseconds until the next try may be made; 0 when it may be made now.
 *
 * @param now milliseconds since 1970
 */
export function waitOf({ free }: AttemptLimit, attempts: Attempts | undefined, now: number): number {
  if (!attempts || isForgotten(attempts, now) || attempts.failures < free) return 0;
  const wait = Math.min(longestWait, firstWait * 2 ** Math.min(attempts.failures - free, 20));
  return Math.max(0, Math.min(wait, attempts.lastAt + wait - now));
}

/** The record with one try more, which counts as wrong until it is known to be right. */
export function countAttempt(attempts: Attempts | undefined, now: number): Attempts {
  const before = attempts && !isForgotten(attempts, now) ? attempts.failures : 0;
  return { failures: before + 1, lastAt: now };
}

/** A wait of the longest kind is over before its tries are forgotten. */
const isForgotten = ({ lastAt }: Attempts, now: number) => now - lastAt >= quietTime + longestWait;
