import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { OperatorContext } from '../../decisions/context.ts';
import { type HourRow, isHourRow, lastDay } from '../../operations/hours.ts';
import { type IncidentRow, isLasting, isOpen } from '../../operations/incidents.ts';
import type { Pause } from '../../operations/pause.ts';
import { scan } from '../../platform/dynamodb.ts';
import type { PortalHealth } from '../../portal/outage-rules.ts';
import { Counts } from './counts.ts';
import type { Health, LastPoll } from './health.ts';
import { countUnmarked } from './unmarked-messages.ts';

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
  const [reached, control, unmarked, queues, incidents] = await Promise.all([
    portal,
    controlOf(gateway),
    countUnmarked(gateway),
    countQueues(gateway),
    incidentsOf(gateway),
  ]);
  const { slotsInUse, found, ...rest } = control;
  const { waiting, ...messages } = unmarked;
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
