import { farthest, isAhead } from '../platform/time.ts';

/** A message that the portal lists although it agreed to mark it. Times are milliseconds since 1970. */
export interface Relisting {
  /** When it was first listed after it was marked. */
  since: number;
  /** How often it was marked again since. */
  told: number;
  /** Earliest time to mark it again. */
  nextAt: number;
}

/** Longest pause between two calls, in polls and in milliseconds. */
const maxPolls = 16;
const longest = 15 * 60_000;

/**
 * Polls after which an operator should ask DST about a message that is still listed: about an hour, as polls are a minute
 * apart.
 */
const pollsUntilIncident = 60;

/** Longest pause at this poll interval, in milliseconds. */
const longestPause = (pollSeconds: number): number =>
  Math.max(1_000 * pollSeconds, Math.min(maxPolls * 1_000 * pollSeconds, longest));

/**
 * Whether to mark the message again now.
 *
 * @param now milliseconds since 1970
 * @param pollSeconds the interval of polls, in seconds
 */
export const isMarkingDue = (relisting: Relisting | undefined, now: number, pollSeconds: number): boolean =>
  !isAhead(relisting?.nextAt, now, longestPause(pollSeconds));

/**
 * The record after marking the message again: the next call is due at the next poll, then after two, four and so on. Starts
 * anew if the message was not listed for long, or if the times were written by a clock that was ahead.
 *
 * @param now milliseconds since 1970
 * @param pollSeconds the interval of polls, in seconds
 */
export function afterMarkingAgain(before: Relisting | undefined, now: number, pollSeconds: number): Relisting {
  const poll = 1_000 * pollSeconds;
  const most = longestPause(pollSeconds);
  const goesOn = before && before.nextAt <= farthest(now, most) && now < before.nextAt + most + poll;
  const { since, told } = goesOn ? before : { since: now, told: 0 };
  // Half an interval less, because polls are not exactly on time.
  return { since, told: told + 1, nextAt: now + Math.min(2 ** told * poll, most) - poll / 2 };
}

/** Whether an operator should ask DST about the message. */
export const needsPerson = ({ since }: Relisting, now: number, pollSeconds: number): boolean =>
  now - since >= pollsUntilIncident * 1_000 * pollSeconds;
