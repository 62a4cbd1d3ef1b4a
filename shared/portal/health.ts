import { isAhead } from '../platform/time.ts';

/** How the portal was found lately. Times are milliseconds since 1970. */
export interface PortalHealth {
  /** `unauthorized`: it refuses the API key. */
  state: 'reachable' | 'unreachable' | 'unauthorized';
  /** Since when it is in this state. */
  since: number;
  /** How often in a row it gave no answer. */
  failures: number;
  /** Until when it is not asked for its list; when it refuses the key, not with that key. */
  retryAt: number;
  /** The version of the key that it refuses, as Secrets Manager names it. */
  keyVersion?: string | undefined;
}

/** What asking the portal for its list came to. */
export type PortalOutcome =
  | { kind: 'answered' }
  | { kind: 'failed' }
  | { kind: 'unauthorized'; keyVersion: string | undefined };

/** Failures in a row that make an outage: one or two are a restart or a lost packet. */
const failuresOfOutage = 3;

const longest = 15 * 60_000;

/**
 * How long the portal is left alone after so many failures in a row: no time at all at first, so that the next poll asks
 * again; two polls from when it counts as an outage, doubling, at most 16 polls or a quarter of an hour.
 *
 * @param pollSeconds the poll's interval, in seconds
 * @returns milliseconds from the time of the last poll; half an interval short, for polls come not quite on time
 */
export function pauseAfter(failures: number, pollSeconds: number): number {
  if (failures < failuresOfOutage) return 0;
  return pauseOf(2 ** Math.min(4, failures - failuresOfOutage + 1), pollSeconds);
}

/** So many polls, at most a quarter of an hour, less half an interval. */
function pauseOf(polls: number, pollSeconds: number): number {
  const poll = pollSeconds * 1_000;
  return Math.max(poll, Math.min(polls * poll, longest)) - poll / 2;
}

/** How long a key that was refused is not tried again, in milliseconds: a quarter of an hour, or 16 polls where that is shorter. */
const pauseAfterRefusal = (pollSeconds: number): number => pauseOf(16, pollSeconds);

/**
 * What is known of the portal after it was asked. That it gives no answer does not mean that it would accept the key that
 * it refused.
 *
 * @param at when it was asked, in milliseconds since 1970
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
    // Nobody asked: the key is not tried again before its time.
    if (isRefused && keyVersion === before.keyVersion && isLeftAlone(before, at, pollSeconds)) return before;
    return { ...inState('unauthorized'), failures: 0, retryAt: at + pauseAfterRefusal(pollSeconds), keyVersion };
  }
  const failures = before.failures + 1;
  const state = failures < failuresOfOutage || isRefused ? before.state : 'unreachable';
  const retryAt = at + (isRefused ? pauseAfterRefusal(pollSeconds) : pauseAfter(failures, pollSeconds));
  return { ...inState(state), failures, retryAt, keyVersion: before.keyVersion };
}

/**
 * Whether the portal is not asked for its list yet.
 *
 * @param pollSeconds the poll's interval, in seconds, where that may be longer than the longest pause
 */
export const isLeftAlone = ({ retryAt }: Pick<PortalHealth, 'retryAt'>, now: number, pollSeconds = 0): boolean =>
  isAhead(retryAt, now, Math.max(longest, pollSeconds * 1_000));

/** Whether a person has to be told: it is out in another way, or refuses another key. */
export const isNews = (before: PortalHealth, after: PortalHealth): boolean =>
  before.state !== after.state || before.keyVersion !== after.keyVersion;
