import { recordHour } from '../../operations/hours.ts';
import { isPaused } from '../../operations/pause.ts';
import { scan } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import type { MessageContext } from '../context.ts';
import { dispatchDue } from '../dispatch.ts';
import { isSettled, type LineEntry } from '../record.ts';
import { transfersLine } from '../subject.ts';
import { mayWork } from '../turn-order.ts';
import { type Backlog, pollMeasurements, readBacklog, sampleOf, waitingMeasurements } from './backlog.ts';
import { failureOf, fetchList } from './fetch-list.ts';
import { Ingestion } from './ingest.ts';
import { type PollEnd, releasePollLease, takePollLease } from './lease.ts';
import { markAll } from './mark-all.ts';

export interface PollOptions {
  /** Starts the transfers that are due. */
  startTransfers: () => Promise<void>;
  /** When the poll has to end, in milliseconds since 1970. */
  deadline: number;
}

/**
 * Ingests the portal's list, and queues the next messages of every line. A list that fails or ends early does not prove that a
 * message is absent, but the messages received are ingested, and the remaining steps run. During an outage of the portal only
 * the steps that need no portal run.
 *
 * @throws the error of a failed step after all other steps have run, such as a PortalError for a missing or incomplete list;
 *   nothing for an outage that was reported before
 */
export async function poll(context: MessageContext, options: PollOptions): Promise<void> {
  const { clock, log, db, tables } = context;
  if (await isPaused(db, tables.control)) {
    const { backlog } = await openWork(context);
    const now = clock.now();
    log.info('poll skipped', { reason: 'paused', ...emfMetrics(waitingMeasurements(backlog, now), now) });
    return;
  }
  const begun = await takePollLease(context, options.deadline);
  if (!begun) {
    log.info('poll skipped', { reason: 'another one is at work' });
    return;
  }
  const { number } = begun;
  let end: PollEnd = { wentWell: false };
  try {
    const { entries, backlog } = await openWork(context);
    const sample = sampleOf(backlog, begun.left, clock.now());
    const intake = new Ingestion(context, number, entries);
    const listedFrom = clock.now();
    const list = await fetchList(context, number, intake, options.deadline);
    end = { wentWell: false, listedAt: list.complete ? clock.now() : undefined };
    const { listed, marked, added } = intake;
    const waiting = intake.shared.waiting((key) => marked.has(key) || isSettledEntry(entries.get(key)));
    const listing = { listed, complete: list.complete, from: listedFrom, waiting };
    const { unprotected } = intake;
    const next = mayWork(entries.values()).filter(({ messageId }) => !unprotected.has(messageId));
    const failures = [
      list.failure,
      await failureOf(dispatchDue(context, next)),
      await failureOf(options.startTransfers()),
      list.portal === 'reachable'
        ? await failureOf(markAll(context, [...entries.values()], marked, listing, options.deadline))
        : undefined,
      await failureOf(recordHour(db, tables.control, clock.now(), sample)),
    ].filter((failure) => failure !== undefined);
    // The messages that this poll has inserted are among the entries.
    end = { ...end, left: entries.size };
    const now = clock.now();
    const done = { poll: number, portal: list.portal, listed: listed.size, new: added, milliseconds: now - listedFrom };
    log.info('polled', { ...done, ...emfMetrics(pollMeasurements(backlog, list.portal, failures, now), now) });
    if (failures.length > 1)
      throw new AggregateError(failures, failures.map((failure) => describeError(failure)).join('; '));
    if (failures[0]) throw failures[0];
    end = { ...end, wentWell: list.complete };
  } finally {
    await releasePollLease(context, number, end);
  }
}

const isSettledEntry = (entry: LineEntry | undefined) => entry !== undefined && isSettled(entry.state);

/** Every message that is not marked yet, by id, and all open work in numbers. */
async function openWork(context: MessageContext): Promise<{ entries: Map<string, LineEntry>; backlog: Backlog }> {
  const { db, tables } = context;
  const entries = new Map<string, LineEntry>();
  let transfers = 0;
  for await (const entry of scan<LineEntry>(db, tables.lines)) {
    if (entry.line === transfersLine) transfers += 1;
    else entries.set(entry.messageId, entry);
  }
  return { entries, backlog: await readBacklog(context, [...entries.values()], transfers) };
}
