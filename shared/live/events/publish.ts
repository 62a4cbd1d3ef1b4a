import * as z from 'zod';
import { type HistoryRow, isIncidentNotice } from '../../history/history.ts';
import { eventsOfRow, type PendingRow } from '../../history/publish.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { scan, updateExpression } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { pagesOf } from '../../platform/pages.ts';
import { updateItem } from '../../platform/transaction.ts';
import type { LiveContext } from '../context.ts';
import { applyRights, pushNews } from './fan-out.ts';
import { newsOfIncident } from './incident-news.ts';
import { isNews, type News, newsOf, type Topic, topicOf } from './news.ts';

/** Milliseconds after which to look again, so that who is shut out does not wait for all that is to be pushed. */
const sliceTime = 300;

/** Rows that are pushed together. */
const rowsAtOnce = 25;

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
  await applyRights(context, topicsOf(context, rows.filter(mayChangeRights)));
  const end = context.clock.now() + sliceTime;
  // Later events of the same subject wait for this one.
  const failed = new Set<string>();
  for (const page of pagesOf(inOrder(rows), rowsAtOnce)) {
    if (context.clock.now() >= end) return true;
    await pushPage(
      context,
      page.filter(({ subject }) => !failed.has(subject)),
      failed,
    );
  }
  return false;
}

/** Pushes rows together; where that fails, one after the other, so that a row does not stop others. */
async function pushPage(context: LiveContext, rows: readonly PendingRow[], failed: Set<string>): Promise<void> {
  try {
    await pushRows(context, rows);
  } catch (error) {
    context.log.warn('rows not pushed together', { error: describeError(error) });
    for (const row of rows) {
      if (!failed.has(row.subject) && !(await pushRow(context, row))) failed.add(row.subject);
    }
  }
}

/**
 * Has the changes of rights of rows count, before any of them is pushed.
 *
 * @param rows those of each subject in their order
 * @returns the rows in the order of their pushes; undefined when the rights could not be applied
 */
export async function preparePush(
  context: LiveContext,
  rows: readonly PendingRow[],
): Promise<readonly PendingRow[] | undefined> {
  try {
    await applyRights(context, topicsOf(context, rows.filter(mayChangeRights)));
  } catch (error) {
    context.log.warn('rights not applied', { error: describeError(error) });
    return undefined;
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
    if (mayChangeRights(row)) await applyRights(context, topicsOf(context, [row]));
    await pushRows(context, [row]);
    return true;
  } catch (error) {
    return reportFailure(context, row, error);
  }
}

function reportFailure({ log }: LiveContext, row: PendingRow, error: unknown): false {
  log.warn('event not pushed', { ...keyOf(row), error: describeError(error) });
  return false;
}

async function pushRows(context: LiveContext, rows: readonly PendingRow[]): Promise<void> {
  const news = await Promise.all(rows.filter(isNews(context)).map((row) => newsOfRow(context, row)));
  await pushNews(context, news.flat());
  await forEachConcurrently(rows, rowsAtOnce, (row) => markPushed(context, row));
}

const newsOfRow = async (context: LiveContext, row: PendingRow): Promise<News[]> =>
  isIncidentNotice(row) ? newsOfIncident(context, row) : eventsOfRow(row).flatMap(knownNews);

/** An event that its schema does not know is reported where it is published to the bus, and no client waits for it. */
function knownNews(event: HistoryRow): News[] {
  try {
    return newsOf(event);
  } catch (error) {
    if (error instanceof z.ZodError) return [];
    throw error;
  }
}

const topicsOf = (context: LiveContext, rows: readonly PendingRow[]): Topic[] =>
  rows.flatMap(eventsOfRow).filter(isNews(context)).map(topicOf);

const mayChangeRights = (row: PendingRow): boolean =>
  eventsOfRow(row).some(({ subject }) => /^(?:access|account|organization|permission)#/.test(subject));

async function markPushed({ db, clock, tables }: LiveContext, row: PendingRow): Promise<void> {
  await updateItem(db, {
    TableName: tables.unpublished,
    Key: keyOf(row),
    ConditionExpression: 'attribute_exists(subject)',
    ...updateExpression({ live: clock.now() }),
  });
}

const keyOf = ({ subject, sequence }: Pick<PendingRow, 'subject' | 'sequence'>) => ({ subject, sequence });
