import { isPaused } from '../../operations/pause.ts';
import { scan } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import type { MessageContext } from '../context.ts';
import { dispatchDue } from '../dispatch.ts';
import { isSettled, type LineEntry } from '../record.ts';
import { transfersLine } from '../subject.ts';
import { mayWork } from '../turn-order.ts';
import { pollMeasurements, readBacklog } from './backlog.ts';
import { failureOf, fetchList } from './fetch-list.ts';
import { Ingestion } from './ingest.ts';
import { type PollEnd, releasePollLease, takePollLease } from './lease.ts';
import { markAll } from './mark-all.ts';

export interface PollOptions {
  /** Starts what transfers are due. */
  startTransfers: () => Promise<void>;
  /** When the poll has to be done, in milliseconds since 1970. */
  deadline: number;
}

/**
 * Brings the tables up to date with the portal's list, and puts to work what is next everywhere.
 * A list that fails or ends early proves nothing absent, but what came of it counts, and the rest of the poll is done.
 * While the portal is out, only what needs no portal is done.
 *
 * @throws what one of its steps failed with, such as a PortalError when the list did not come or was incomplete, after all
 *   others are done; not for an outage that was told before
 */
export async function poll(context: MessageContext, options: PollOptions): Promise<void> {
  const { clock, log, db, tables } = context;
  if (await isPaused(db, tables.control)) {
    log.info('poll skipped', { reason: 'paused' });
    return;
  }
  const number = await takePollLease(context, options.deadline);
  if (number === undefined) {
    log.info('poll skipped', { reason: 'another one is at work' });
    return;
  }
  let end: PollEnd = { wentWell: false };
  try {
    const { entries, transfers } = await openEntries(context);
    const backlog = await readBacklog(context, [...entries.values()], transfers);
    const intake = new Ingestion(context, number, entries);
    const listedFrom = clock.now();
    const list = await fetchList(context, number, intake, options.deadline);
    end = { wentWell: false, listedAt: list.complete ? clock.now() : undefined };
    const { listed, marked, added } = intake;
    const waiting = intake.shared.waiting((key) => isDone(entries.get(key)));
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
    ].filter((failure) => failure !== undefined);
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

/** Whether nothing is left to do for a message but to tell the portal. */
const isDone = (entry: LineEntry | undefined) => entry === undefined || isSettled(entry.state);

/** Every message that is not marked yet, by its id, and how many files are still to be moved. */
async function openEntries({
  db,
  tables,
}: MessageContext): Promise<{ entries: Map<string, LineEntry>; transfers: number }> {
  const entries = new Map<string, LineEntry>();
  let transfers = 0;
  for await (const entry of scan<LineEntry>(db, tables.lines)) {
    if (entry.line === transfersLine) transfers += 1;
    else entries.set(entry.messageId, entry);
  }
  return { entries, transfers };
}
