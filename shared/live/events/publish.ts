import * as z from 'zod';
import { type HistoryRow, isIncidentNotice } from '../../history/history.ts';
import { eventsOfRow, type PendingRow } from '../../history/publish.ts';
import { scan, updateExpression } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { updateItem } from '../../platform/transaction.ts';
import type { LiveContext } from '../context.ts';
import { applyRights, fanOut } from './fan-out.ts';
import { pushIncident } from './push-incident.ts';

/** Milliseconds after which to look again, so that who is shut out does not wait for all that is to be pushed. */
const sliceTime = 300;

/**
 * Pushes the events and incidents that have not been pushed yet, in their order. Before, it has the newest changes of rights
 * count: for those that are shut out, and for those that see more.
 *
 * @returns whether it left any to the next time, although none failed
 */
export async function pushUnpublished(context: LiveContext): Promise<boolean> {
  const rows: PendingRow[] = [];
  for await (const row of scan<PendingRow>(context.db, context.tables.unpublished)) {
    if (row.live === undefined) rows.push(row);
  }
  for (const row of rows.filter(mayChangeRights)) await applyRightsOf(context, row);
  const end = context.clock.now() + sliceTime;
  // Later events of the same subject wait for this one.
  const failed = new Set<string>();
  for (const row of inOrder(rows)) {
    if (context.clock.now() >= end) return true;
    if (!failed.has(row.subject) && !(await pushNewsOf(context, row))) failed.add(row.subject);
  }
  return false;
}

/**
 * Has the changes of rights of rows count, before any of them is pushed.
 *
 * @param rows those of each subject in their order
 * @returns the rows in the order of their pushes
 */
export async function preparePush(context: LiveContext, rows: readonly PendingRow[]): Promise<readonly PendingRow[]> {
  for (const row of rows.filter(mayChangeRights)) {
    // Tried once more where the row itself is pushed.
    await applyRightsOf(context, row).catch((error) => reportFailure(context, row, error));
  }
  return inOrder(rows);
}

/**
 * Sorts rows by time. Those of a subject keep their order, whatever the clocks of their writers said.
 *
 * @param rows those of each subject in their order
 */
function inOrder(rows: readonly PendingRow[]): PendingRow[] {
  const times = new Map<string, number>();
  const timed = rows.map((row) => {
    const time = Math.max(row.at, times.get(row.subject) ?? 0);
    times.set(row.subject, time);
    return { row, time };
  });
  return timed.toSorted((one, other) => one.time - other.time).map(({ row }) => row);
}

/**
 * Pushes the events of one transaction, or an incident, and marks the row as pushed.
 *
 * @returns false when it failed and has to be repeated
 */
export async function pushRow(context: LiveContext, row: PendingRow): Promise<boolean> {
  if (row.live !== undefined) return true;
  try {
    if (mayChangeRights(row)) await applyRightsOf(context, row);
  } catch (error) {
    return reportFailure(context, row, error);
  }
  return pushNewsOf(context, row);
}

/** Pushes a row whose change of rights counts by now. @returns false when it failed */
async function pushNewsOf(context: LiveContext, row: PendingRow): Promise<boolean> {
  try {
    if (isIncidentNotice(row)) await pushIncident(context, row);
    for (const event of eventsOfRow(row)) await pushEvent(context, event);
    await markPushed(context, row);
    return true;
  } catch (error) {
    return reportFailure(context, row, error);
  }
}

function reportFailure({ log }: LiveContext, row: PendingRow, error: unknown): false {
  log.warn('event not pushed', { ...keyOf(row), error: describeError(error) });
  return false;
}

/** An event that its schema does not know is reported where it is published to the bus, and no client waits for it. */
async function pushEvent(context: LiveContext, event: HistoryRow): Promise<void> {
  try {
    await fanOut(context, event);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
  }
}

async function applyRightsOf(context: LiveContext, row: PendingRow): Promise<void> {
  for (const event of eventsOfRow(row)) await applyRights(context, event);
}

const mayChangeRights = (row: PendingRow): boolean =>
  eventsOfRow(row).some(({ subject }) => /^(?:access|account|permission)#/.test(subject));

async function markPushed({ db, clock, tables }: LiveContext, row: PendingRow): Promise<void> {
  await updateItem(db, {
    TableName: tables.unpublished,
    Key: keyOf(row),
    ConditionExpression: 'attribute_exists(subject)',
    ...updateExpression({ live: clock.now() }),
  });
}

const keyOf = ({ subject, sequence }: Pick<PendingRow, 'subject' | 'sequence'>) => ({ subject, sequence });
