import { isAhead } from '../platform/time.ts';

/** The portal's health. Times are milliseconds since 1970. */
export interface PortalHealth {
  /** `unauthorized`: the portal refuses the API key. */
  state: 'reachable' | 'unreachable' | 'unauthorized';
  /** Beginning of this state. */
  since: number;
  /** Number of consecutive calls without an answer. */
  failures: number;
  /** Earliest time of the next request for the list; for a refused key, of the next request with that key. */
  retryAt: number;
  /** Secrets Manager's version of the refused key. */
  keyVersion?: string | undefined;
}

/** The outcome of a request for the portal's list. */
export type PortalOutcome =
  | { kind: 'answered' }
  | { kind: 'failed' }
  | { kind: 'unauthorized'; keyVersion: string | undefined };

/** Consecutive failures that count as an outage. One or two may be a restart or a lost packet. */
const failuresOfOutage = 3;

const longest = 15 * 60_000;

/**
 * Pause after a number of consecutive failures: none at first, so that the next poll tries again; two polls from the beginning
 * of an outage, doubling, at most 16 polls or a quarter of an hour.
 *
 * @param pollSeconds the poll's interval, in seconds
 * @returns milliseconds from the time of the last poll, less half an interval, because polls are not exactly on time
 */
export function pauseAfter(failures: number, pollSeconds: number): number {
  if (failures < failuresOfOutage) return 0;
  return pauseOf(2 ** Math.min(4, failures - failuresOfOutage + 1), pollSeconds);
}

/** A number of polls, at most a quarter of an hour, less half an interval. */
function pauseOf(polls: number, pollSeconds: number): number {
  const poll = pollSeconds * 1_000;
  return Math.max(poll, Math.min(polls * poll, longest)) - poll / 2;
}

/** Pause before a refused key is tried again, in milliseconds: a quarter of an hour, or 16 polls if shorter. */
const pauseAfterRefusal = (pollSeconds: number): number => pauseOf(16, pollSeconds);

/**
 * The portal's health after a request. A missing answer does not mean that the portal would accept the key that it refused.
 *
 * @param at time of the request, in milliseconds since 1970
 */
export function afterAsking(
  before: PortalHealth,
  outcome: PortalOutcome,
  at: number,
  pollSeconds: number,
): PortalHealth {
  const inState = (state: PortalHealth['state']) => ({ state, since: state === before.state ? before.since : at });
  if (outcome.kind === 'answered') return { ...inState('reachable'), failures: 0, retryAt: 0, keyVersion: undefined };
  const isRefused = before.state === 'unauthorized';
  if (outcome.kind === 'unauthorized') {
    const { keyVersion } = outcome;
    // No request was made: the refused key is not tried again before its time.
    if (isRefused && keyVersion === before.keyVersion && isLeftAlone(before, at, pollSeconds)) return before;
    return { ...inState('unauthorized'), failures: 0, retryAt: at + pauseAfterRefusal(pollSeconds), keyVersion };
  }
  const failures = before.failures + 1;
  const state = failures < failuresOfOutage || isRefused ? before.state : 'unreachable';
  const retryAt = at + (isRefused ? pauseAfterRefusal(pollSeconds) : pauseAfter(failures, pollSeconds));
  return { ...inState(state), failures, retryAt, keyVersion: before.keyVersion };
}

/**
 * Whether the next request for the list is not due yet.
 *
 * @param pollSeconds the poll interval in seconds, if it may be longer than the longest pause
 */
export const isLeftAlone = ({ retryAt }: Pick<PortalHealth, 'retryAt'>, now: number, pollSeconds = 0): boolean =>
  isAhead(retryAt, now, Math.max(longest, pollSeconds * 1_000));

/** Whether the change has to be reported: a new kind of outage, or another refused key. */
export const isNews = (before: PortalHealth, after: PortalHealth): boolean =>
  before.state !== after.state || before.keyVersion !== after.keyVersion;
