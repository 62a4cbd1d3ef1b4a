import type { Hour } from '../../operations/hours.ts';
import type { Pause } from '../../operations/pause.ts';
import { duration } from '../../platform/units.ts';
import type { PortalHealth } from '../../portal/outage-rules.ts';

/** State of a gateway. Times are milliseconds since 1970. */
export interface Health {
  portal: {
    url: string | undefined;
    /** Why it does not answer at this moment. */
    problem: string | undefined;
    /** State of the portal as of the last poll. */
    found?: PortalHealth | undefined;
  };
  pause: Pause | undefined;
  poll: LastPoll | undefined;
  messages: {
    /** With a message that is not marked yet. */
    lines: number;
    /** Not marked yet, by state. */
    states: Record<string, number>;
    oldest: OldMessage | undefined;
    /** The oldest message that is neither held for a person nor working on its files. */
    oldestInQueue?: OldMessage | undefined;
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
  /** Number of dismissed incidents whose cause lasts, by kind: for example, the portal still lists the message. */
  lasting: Record<string, number>;
  /** Numbers of the last day by hour, as far as polls and publications have told them, the oldest first. */
  hours: Hour[];
  /** The latest errors of the local machine, such as a full disk; empty for a gateway on AWS. */
  machine?: { at: number; service: string; error: string }[];
}

/** A message as status names it. */
export interface OldMessage {
  messageId: string;
  type: string;
  state: string;
  receivedAt: number;
}

/** As the table `control` keeps it. */
export interface LastPoll {
  counter: number;
  startedAt: number;
  /** End of the last poll without a failure. */
  succeededAt?: number;
  finishedAt?: number;
  /** When the portal's last complete list came. */
  listedAt?: number;
  /** How often polls come. */
  pollSeconds?: number;
}

/** Longest duration of a poll, in milliseconds. */
const longestPoll = 300_000;

/** Problems that a person should look into. @param now milliseconds since 1970 */
export function problemsOf(health: Health, now: number): string[] {
  const { pause, poll, messages, deadLetters, incidents, machine } = health;
  const portal = portalProblem(health, now);
  const some = (counts: Record<string, number>) => Object.entries(counts).filter(([, count]) => count > 0);
  return [
    ...(portal === undefined ? [] : [`the portal: ${portal}`]),
    ...(pause ? [`paused by ${pause.by}: ${pause.reason}`] : lateOf(poll, now)),
    ...some(deadLetters).map(([queue, count]) =>
      count === 1 ? `1 dead letter of ${queue}` : `${count} dead letters of ${queue}`,
    ),
    ...some(incidents).map(([kind, count]) =>
      count === 1 ? `1 open incident: ${kind}` : `${count} open incidents: ${kind}`,
    ),
    ...stuckOf(messages.oldestInQueue, now),
    ...machineProblems(machine, now),
  ];
}

/** Errors that go on come again with each poll. */
function machineProblems(errors: Health['machine'] = [], now: number): string[] {
  const recent = errors.filter(({ at }) => now - at <= 2 * longestPoll);
  return recent.map(({ at, service, error }) => `this machine: ${service}: ${error} (${ageOf(at, now)} ago)`);
}

/**
 * Problem of the portal; undefined if its last complete list came with the last poll, and it answers. A poll's list counts for
 * more than an answer to a HEAD request.
 *
 * @param now milliseconds since 1970
 */
export function portalProblem({ portal, poll }: Pick<Health, 'portal' | 'poll'>, now: number): string | undefined {
  const { found } = portal;
  const listedAt = poll?.listedAt;
  const last =
    listedAt === undefined ? 'no complete list came yet' : `the last complete list came ${ageOf(listedAt, now)} ago`;
  if (found?.state === 'unauthorized') return `it refuses the API key; ${last}`;
  if (portal.problem !== undefined) return `${portal.problem}; ${last}`;
  if (found?.state === 'unreachable') return `it gives polls no list; ${last}`;
  if (poll?.finishedAt === undefined || (poll.listedAt ?? 0) >= poll.finishedAt - longestPoll) return undefined;
  return isLate(poll, poll.listedAt, now) ? `its lists are not complete; ${last}` : undefined;
}

/** Time since something in words, such as `20 min 00 s`. @param at milliseconds since 1970, as `now` */
export const ageOf = (at: number, now: number): string => duration(Math.max(0, now - at) / 1_000);

/** As long as the alarm oldest-message waits, in milliseconds. */
const longestInQueue = 3_600_000;

function stuckOf(oldest: OldMessage | undefined, now: number): string[] {
  if (!oldest || now - oldest.receivedAt <= longestInQueue) return [];
  return [`${oldest.type} ${oldest.messageId} came ${ageOf(oldest.receivedAt, now)} ago and is ${oldest.state}`];
}

/** Three polls may fail or be left out before one is missed. */
function lateOf(poll: LastPoll | undefined, now: number): string[] {
  const succeededAt = poll?.succeededAt;
  if (succeededAt === undefined) return ['no poll has gone well yet'];
  return isLate(poll, succeededAt, now) ? [`the last poll that went well was ${ageOf(succeededAt, now)} ago`] : [];
}

const isLate = (poll: LastPoll | undefined, at: number | undefined, now: number): boolean =>
  now - (at ?? 0) > longestPoll + 3_000 * (poll?.pollSeconds ?? 60);
