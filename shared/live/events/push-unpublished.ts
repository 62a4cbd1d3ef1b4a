import * as z from 'zod';
import { type HistoryRow, isIncidentNotice, isJobNotice } from '../../history/history.ts';
import { eventsOfRow, type PendingRow } from '../../history/publish.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { scan, updateExpression } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { updateItem } from '../../platform/transaction.ts';
import type { LiveContext } from '../context.ts';
import { applyRights } from './apply-rights.ts';
import { pushNews, type Round } from './fan-out.ts';
import { newsOfIncident } from './incident-news.ts';
import { newsOfJob } from './job-news.ts';
import { isNews, type News, newsOf, type Topic, topicOf } from './news.ts';
import { Rosters } from './roster.ts';

/** Milliseconds after which to look again, so that who is shut out does not wait for all that is to be pushed. */
const sliceTime = 300;

/** Most rows that are pushed together, and most messages for accounts by which they are fewer. */
const rowsAtOnce = 25;
const messagesAtOnce = 1_000;

/**
 * Pushes the events and incidents that have not been pushed yet, in their order. Before, it has the newest changes of rights
 * count: for those that are shut out, and for those that see more.
 *
 * @param applied keys of rows whose changes of rights count already; the new ones are added
 * @param meanwhile called now and then while very many get a push
 * @returns whether it left any to the next time, although none failed
 */
export async function pushUnpublished(
  context: LiveContext,
  applied = new Set<string>(),
  meanwhile = async () => {},
): Promise<boolean> {
  const { clock } = context;
  const rows = await unpushedRows(context);
  await applyNewRights(context, rows, applied);
  const end = clock.now() + sliceTime;
  let lookAt = end;
  const round: Round = {
    rosters: new Rosters(context),
    async pause() {
      if (clock.now() < lookAt) return;
      await meanwhile();
      await applyNewRights(context, await unpushedRows(context), applied);
      lookAt = clock.now() + sliceTime;
    },
  };
  // Later events of the same subject wait for this one.
  const failed = new Set<string>();
  for (const left = inOrder(rows); left.length > 0; ) {
    if (clock.now() >= end) return true;
    const page = left.splice(0, await pageLength(context, left, round.rosters));
    await pushPage(
      context,
      page.filter(({ subject }) => !failed.has(subject)),
      failed,
      round,
    );
  }
  return false;
}

async function applyNewRights(context: LiveContext, rows: readonly PendingRow[], applied: Set<string>): Promise<void> {
  const changing = rows.filter(mayChangeRights);
  const keys = new Set(changing.map(textOfKey));
  for (const key of applied) if (!keys.has(key)) applied.delete(key);
  const news = changing.filter((row) => !applied.has(textOfKey(row)));
  await applyRights(context, topicsOf(context, news));
  for (const row of news) applied.add(textOfKey(row));
}

const unpushedRows = ({ db, tables }: LiveContext): Promise<PendingRow[]> =>
  Array.fromAsync(
    scan<PendingRow>(db, tables.unpublished, undefined, {
      FilterExpression: 'attribute_not_exists(#live)',
      ExpressionAttributeNames: { '#live': 'live' },
    }),
  );

/** Number of the next rows that are pushed together: few where many accounts get them, so that none waits long. */
async function pageLength(context: LiveContext, rows: readonly PendingRow[], rosters: Rosters): Promise<number> {
  const next = rows.slice(0, rowsAtOnce);
  const counts = await Promise.all(next.map((row) => countMembers(rosters, topicsOf(context, [row]))));
  let messages = 0;
  const end = counts.findIndex((count) => {
    messages += count;
    return messages > messagesAtOnce;
  });
  return end < 0 ? next.length : Math.max(1, end);
}

async function countMembers(rosters: Rosters, topics: readonly Topic[]): Promise<number> {
  const members = await Promise.all(topics.flatMap(({ audiences }) => audiences.map((one) => rosters.of(one))));
  return members.flat().length;
}

/** Pushes rows together; where that fails, one after the other, so that a row does not stop others. */
async function pushPage(
  context: LiveContext,
  rows: readonly PendingRow[],
  failed: Set<string>,
  round: Round,
): Promise<void> {
  try {
    await pushRows(context, rows, round);
  } catch (error) {
    context.log.warn('rows not pushed together', { error: describeError(error) });
    for (const row of rows) {
      if (!failed.has(row.subject) && !(await pushRow(context, row, round))) failed.add(row.subject);
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
export async function pushRow(context: LiveContext, row: PendingRow, round = roundOf(context)): Promise<boolean> {
  if (row.live !== undefined) return true;
  try {
    if (mayChangeRights(row)) await applyRights(context, topicsOf(context, [row]));
    await pushRows(context, [row], round);
    return true;
  } catch (error) {
    return reportFailure(context, row, error);
  }
}

function reportFailure({ log }: LiveContext, row: PendingRow, error: unknown): false {
  log.warn('event not pushed', { ...keyOf(row), error: describeError(error) });
  return false;
}

/** A round without pauses. */
const roundOf = (context: LiveContext): Round => ({ rosters: new Rosters(context), pause: async () => {} });

async function pushRows(context: LiveContext, rows: readonly PendingRow[], round: Round): Promise<void> {
  const news = await Promise.all(rows.filter(isNews(context)).map((row) => newsOfRow(context, row)));
  await pushNews(context, news.flat(), round);
  await forEachConcurrently(rows, rowsAtOnce, (row) => markPushed(context, row));
}

async function newsOfRow(context: LiveContext, row: PendingRow): Promise<News[]> {
  if (isIncidentNotice(row)) return newsOfIncident(context, row);
  if (isJobNotice(row)) return [newsOfJob(row)];
  return eventsOfRow(row).flatMap(knownNews);
}

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

const textOfKey = ({ subject, sequence }: PendingRow): string => `${subject}#${sequence}`;

const keyOf = ({ subject, sequence }: Pick<PendingRow, 'subject' | 'sequence'>) => ({ subject, sequence });
