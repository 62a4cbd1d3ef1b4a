import { farthest, isAhead } from '../platform/time.ts';
import type { MessageRecord } from './record.ts';

/** Time after which a queued message that nobody took is queued again: two polls, in milliseconds. */
export const redispatchTime = (pollSeconds: number) => 2_000 * pollSeconds;

/**
 * Doublings of that time for a message that nobody takes: up to two hours. With ten thousand messages waiting, or a portal that
 * takes seconds for each, the queue is long, and waiting in it must not use up attempts.
 */
export const maxDoublings = 6;

/** Longest pause of a message after this number of attempts, in milliseconds. No backoff is longer. */
export const longestPause = (attempts: number, pollSeconds: number) =>
  redispatchTime(pollSeconds) * 2 ** Math.min(attempts, maxDoublings);

/** Longest lease on a message or on the poll, in milliseconds: no function runs longer (AWS Lambda quotas). */
export const longestMessageLease = 900_000;

/** The condition that no handler has a lease on a message, and the values that it needs. */
export const isUnleased = '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest)';
export const unleasedValues = (now: number) => ({ ':now': now, ':farthest': farthest(now, longestMessageLease) });

/**
 * Whether a message's due time and lease allow processing now. A time too far in the future, written by a clock that was ahead,
 * counts as past.
 */
export const isDue = (
  { dueAt, leaseUntil, attempts }: Pick<MessageRecord, 'dueAt' | 'leaseUntil' | 'attempts'>,
  now: number,
  pollSeconds: number,
) => !isAhead(dueAt, now, longestPause(attempts, pollSeconds)) && !isAhead(leaseUntil, now, longestMessageLease);
