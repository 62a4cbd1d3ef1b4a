import { farthest, isAhead } from '../platform/time.ts';

/** A message that the portal lists although it agreed to mark it. Times are milliseconds since 1970. */
export interface Relisting {
  /** When it was listed so for the first time. */
  since: number;
  /** How often the portal was told since. */
  told: number;
  /** From when on the portal is told again. */
  nextAt: number;
}

/** Longest pause between two tellings: in polls, and in milliseconds. */
const maxPolls = 16;
const longest = 15 * 60_000;

/** How many polls such a message is listed before a person should ask DST: about an hour, for polls are a minute apart. */
const pollsUntilIncident = 60;

/** The longest pause at this interval of polls, in milliseconds. */
const longestPause = (pollSeconds: number): number =>
  Math.max(1_000 * pollSeconds, Math.min(maxPolls * 1_000 * pollSeconds, longest));

/**
 * Whether the portal is to be told again now.
 *
 * @param now milliseconds since 1970
 * @param pollSeconds the interval of polls, in seconds
 */
export const isToBeTold = (relisting: Relisting | undefined, now: number, pollSeconds: number): boolean =>
  !isAhead(relisting?.nextAt, now, longestPause(pollSeconds));

/**
 * What is known of such a message once the portal was told again: at the next poll, then after two, four and so on. One that was
 * not listed for long begins anew, and so does one that a clock which was ahead has noted.
 *
 * @param now milliseconds since 1970
 * @param pollSeconds the interval of polls, in seconds
 */
export function afterTelling(before: Relisting | undefined, now: number, pollSeconds: number): Relisting {
  const poll = 1_000 * pollSeconds;
  const most = longestPause(pollSeconds);
  const goesOn = before && before.nextAt <= farthest(now, most) && now < before.nextAt + most + poll;
  const { since, told } = goesOn ? before : { since: now, told: 0 };
  // Half an interval short, for polls come not quite on time.
  return { since, told: told + 1, nextAt: now + Math.min(2 ** told * poll, most) - poll / 2 };
}

/** Whether a person should ask DST about it. */
export const isForPerson = ({ since }: Relisting, now: number, pollSeconds: number): boolean =>
  now - since >= pollsUntilIncident * 1_000 * pollSeconds;
