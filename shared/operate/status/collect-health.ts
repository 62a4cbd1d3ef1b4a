import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OperatorContext } from '../../decisions/context.ts';
import { readMessage } from '../../messages/read.ts';
import type { LineEntry } from '../../messages/record.ts';
import { transfersLine } from '../../messages/subject.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { type HourRow, isHourRow, lastDay } from '../../operations/hours.ts';
import { type IncidentRow, isLasting, isOpen } from '../../operations/incidents.ts';
import type { Pause } from '../../operations/pause.ts';
import { scan } from '../../platform/dynamodb.ts';
import type { PortalHealth } from '../../portal/health.ts';
import type { Health, LastPoll, OldMessage } from './health.ts';

/** Everything that looking at the state of a gateway needs. */
export interface HealthContext extends Pick<OperatorContext, 'db' | 'clock' | 'tables'> {
  sqs: Pick<SQSClient, 'send'>;
  /** URLs by name. */
  queues: Readonly<Record<string, string>>;
}

/**
 * Reads everything once. Scans only small tables: control, incidents and lines, as each poll does.
 *
 * @param portal its URL, and why it does not answer at this moment
 */
export async function collectHealth(
  gateway: HealthContext,
  portal: Promise<Omit<Health['portal'], 'found'>> | Omit<Health['portal'], 'found'>,
): Promise<Health> {
  const [reached, control, lines, queues, incidents] = await Promise.all([
    portal,
    controlOf(gateway),
    linesOf(gateway),
    countQueues(gateway),
    incidentsOf(gateway),
  ]);
  const { slotsInUse, found, ...rest } = control;
  const { waiting, ...messages } = lines;
  const transfers = { waiting, slotsInUse };
  return {
    portal: { ...reached, found },
    ...rest,
    messages,
    transfers,
    ...queues,
    ...countIncidents(incidents, rest.poll),
  };
}

async function controlOf({
  db,
  clock,
  tables,
}: HealthContext): Promise<
  Pick<Health, 'pause' | 'poll' | 'hours'> & { found: PortalHealth | undefined; slotsInUse: number }
> {
  const control: Awaited<ReturnType<typeof controlOf>> = {
    ...{ pause: undefined, poll: undefined, hours: [], found: undefined, slotsInUse: 0 },
  };
  const hours: HourRow[] = [];
  for await (const item of scan<ControlItem>(db, tables.control)) {
    if (isHourRow(item)) hours.push(item);
    if (item.name === 'pause') control.pause = item as Pause;
    if (item.name === 'poll') control.poll = item as LastPoll;
    if (item.name === 'portal') control.found = item as PortalHealth;
    if (item.name.startsWith('transfer-slot#') && (item.leaseUntil ?? 0) > clock.now()) control.slotsInUse += 1;
  }
  return { ...control, hours: lastDay(hours, clock.now()) };
}

type ControlItem = { name: string; leaseUntil?: number } & (Pause | LastPoll | PortalHealth | HourRow);

async function linesOf(gateway: HealthContext): Promise<Health['messages'] & Pick<Health['transfers'], 'waiting'>> {
  const lines = new Set<string>();
  const states = new Counts();
  const waiting = new Counts();
  let first: LineEntry | undefined;
  let inQueue: LineEntry | undefined;
  for await (const entry of scan<LineEntry | TransferEntry>(gateway.db, gateway.tables.lines)) {
    if (isTransfer(entry)) {
      waiting.add(entry.kind);
      continue;
    }
    lines.add(entry.line);
    states.add(entry.state);
    if (!first || entry.position < first.position) first = entry;
    const isInQueue = entry.state !== 'held' && entry.state !== 'working';
    if (isInQueue && (!inQueue || entry.position < inQueue.position)) inQueue = entry;
  }
  const [oldest, oldestInQueue] = await Promise.all([first, inQueue].map((entry) => oldOf(gateway, entry)));
  return { lines: lines.size, states: states.all(), oldest, oldestInQueue, waiting: waiting.all() };
}

async function oldOf(gateway: HealthContext, entry: LineEntry | undefined): Promise<OldMessage | undefined> {
  const record = entry && (await readMessage(gateway, entry.messageId));
  return record && pick(record);
}

const isTransfer = (entry: LineEntry | TransferEntry): entry is TransferEntry => entry.line === transfersLine;

const pick = ({ messageId, type, state, receivedAt }: OldMessage) => ({
  messageId,
  type,
  state,
  receivedAt,
});

const endings = [
  ['DeadLetter', 'deadLetters'],
  ['Failure', 'failedRuns'],
  ['', 'queues'],
] as const;

async function countQueues({
  sqs,
  queues,
}: HealthContext): Promise<Pick<Health, 'queues' | 'deadLetters' | 'failedRuns'>> {
  const counts = { queues: new Counts(), deadLetters: new Counts(), failedRuns: new Counts() };
  await Promise.all(
    Object.entries(queues).map(async ([name, url]) => {
      const count = await countMessages(sqs, url);
      const [ending, kind] = endings.find(([each]) => name.endsWith(each)) ?? ['', 'queues'];
      counts[kind].add(name.slice(0, name.length - ending.length), count);
    }),
  );
  return {
    queues: counts.queues.all(),
    deadLetters: counts.deadLetters.all(),
    failedRuns: counts.failedRuns.all(),
  };
}

/** Messages of a queue that wait, are delayed, or are at work. SQS counts them approximately. */
export async function countMessages(sqs: Pick<SQSClient, 'send'>, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
}

const incidentsOf = ({ db, tables }: HealthContext): Promise<IncidentRow[]> =>
  Array.fromAsync(scan<IncidentRow>(db, tables.incidents));

/** A dismissed incident whose cause lasts is seen by each poll anew. */
function countIncidents(
  incidents: readonly IncidentRow[],
  poll: LastPoll | undefined,
): Pick<Health, 'incidents' | 'lasting'> {
  const [open, lasting] = [new Counts(), new Counts()];
  const since = (poll?.listedAt ?? 0) - 3_000 * (poll?.pollSeconds ?? 60);
  for (const incident of incidents) {
    if (isOpen(incident)) open.add(incident.kind);
    else if (incident.state === 'dismissed' && isLasting(incident) && incident.lastSeenAt >= since) {
      if (incident.lastSeenAt > (incident.decidedAt ?? 0)) lasting.add(incident.kind);
    }
  }
  return { incidents: open.all(), lasting: lasting.all() };
}

class Counts {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** In the order of their names. */
  all(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
