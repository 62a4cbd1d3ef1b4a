import type { Pause } from '../../shared/operations/pause.ts';
import { duration } from '../local/start/render.ts';

/** How a gateway is. Times are milliseconds since 1970. */
export interface Health {
  portal: { url: string | undefined; problem: string | undefined };
  pause: Pause | undefined;
  poll: LastPoll | undefined;
  messages: {
    /** With a message that is not marked yet. */
    lines: number;
    /** Not marked yet, by state. */
    states: Record<string, number>;
    oldest: { messageId: string; type: string; state: string; receivedAt: number } | undefined;
  };
  transfers: {
    /** To be moved, by kind. */
    waiting: Record<string, number>;
    slotsInUse: number;
  };
  /** By name: what waits, is delayed or at work. */
  queues: Record<string, number>;
  deadLetters: Record<string, number>;
  /** Runs of schedules that failed, of the last fortnight. */
  failedRuns: Record<string, number>;
  /** Open ones by kind. */
  incidents: Record<string, number>;
}

/** As the table `control` keeps it. */
export interface LastPoll {
  counter: number;
  startedAt: number;
  /** When the last one ended of which nothing failed. */
  succeededAt?: number;
  /** How often polls come. */
  pollSeconds?: number;
}

/** Longest time that a poll itself takes, in milliseconds. */
const longestPoll = 300_000;

/** What a person should look into. @param now milliseconds since 1970 */
export function problemsOf({ portal, pause, poll, deadLetters, incidents }: Health, now: number): string[] {
  const some = (counts: Record<string, number>) => Object.entries(counts).filter(([, count]) => count > 0);
  return [
    ...(portal.problem === undefined ? [] : [`the portal: ${portal.problem}`]),
    ...(pause ? [`paused by ${pause.by}: ${pause.reason}`] : lateOf(poll, now)),
    ...some(deadLetters).map(([queue, count]) => `${count} dead letters of ${queue}`),
    ...some(incidents).map(([kind, count]) => `${count} open incidents: ${kind}`),
  ];
}

/** Three polls may fail or be left out before one is missed. */
function lateOf(poll: LastPoll | undefined, now: number): string[] {
  const { succeededAt, pollSeconds = 60 } = poll ?? {};
  if (succeededAt === undefined) return ['no poll has gone well yet'];
  if (now - succeededAt <= longestPoll + 3_000 * pollSeconds) return [];
  return [`the last poll that went well was ${duration((now - succeededAt) / 1_000)} ago`];
}
