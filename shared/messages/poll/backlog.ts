import type { HourSample } from '../../operations/hours.ts';
import { type IncidentRow, isOpen } from '../../operations/incidents.ts';
import { scan } from '../../platform/dynamodb.ts';
import type { Measurements } from '../../platform/metrics.ts';
import type { PortalHealth } from '../../portal/outage-rules.ts';
import type { MessageContext } from '../context.ts';
import { readMessage } from '../read.ts';
import type { LineEntry } from '../record.ts';

/** The work that is open when a poll begins. */
export interface Backlog {
  messages: number;
  /** Those of them that are held for a person. */
  held: number;
  /** When the oldest message was received that waits neither for a person nor for files, in milliseconds since 1970. */
  oldestReceivedAt: number | undefined;
  /** Files still to be moved. */
  transfers: number;
  /** Open incidents. */
  incidents: number;
}

/**
 * @param entries every message that is not marked yet
 * @param transfers how many files are still to be moved
 */
export async function readBacklog(
  context: MessageContext,
  entries: readonly LineEntry[],
  transfers: number,
): Promise<Backlog> {
  const oldest = oldestOf(entries);
  const record = oldest && (await readMessage(context, oldest.messageId));
  return {
    messages: entries.length,
    held: entries.filter(({ state }) => state === 'held').length,
    oldestReceivedAt: record?.receivedAt,
    transfers,
    incidents: await countOpenIncidents(context),
  };
}

function oldestOf(entries: readonly LineEntry[]): LineEntry | undefined {
  let oldest: LineEntry | undefined;
  for (const entry of entries) {
    if (entry.state === 'held' || entry.state === 'working') continue;
    if (!oldest || entry.position < oldest.position) oldest = entry;
  }
  return oldest;
}

async function countOpenIncidents({ db, tables }: MessageContext): Promise<number> {
  let open = 0;
  for await (const incident of scan<IncidentRow>(db, tables.incidents)) if (isOpen(incident)) open += 1;
  return open;
}

/**
 * Numbers of a poll for its hour. Only polls insert messages, so what is missing of those that the last poll left is done.
 *
 * @param left messages not marked yet when the last poll ended
 * @param now milliseconds since 1970
 */
export const sampleOf = (
  { messages, held, incidents, oldestReceivedAt }: Backlog,
  left: number | undefined,
  now: number,
): HourSample => ({
  messages: Math.max(0, (left ?? messages) - messages),
  ...{ held, incidents },
  oldestAge: Math.max(0, Math.round((now - (oldestReceivedAt ?? now)) / 1_000)),
});

/**
 * Metrics of a poll.
 *
 * @param portal the portal's health
 * @param failures of the poll's steps
 * @param now milliseconds since 1970
 */
export function pollMeasurements(
  backlog: Backlog,
  portal: PortalHealth['state'],
  failures: readonly Error[],
  now: number,
): Measurements {
  const { transfers } = backlog;
  return {
    PollsSucceeded: failures.length === 0 && portal === 'reachable' ? 1 : 0,
    PortalUnauthorized: portal === 'unauthorized' ? 1 : undefined,
    ...waitingMeasurements(backlog, now),
    TransfersWaiting: some(transfers),
    BytesMoved: transfers > 0 ? 0 : undefined,
  };
}

/** Metrics of what waits, also during a pause: without them alarms would end while their causes last. */
export const waitingMeasurements = ({ messages, oldestReceivedAt, incidents }: Backlog, now: number): Measurements => ({
  MessagesWaiting: some(messages),
  OldestMessageAge: oldestReceivedAt === undefined ? undefined : Math.max(0, (now - oldestReceivedAt) / 1_000),
  OpenIncidents: some(incidents),
});

const some = (count: number) => (count > 0 ? count : undefined);
