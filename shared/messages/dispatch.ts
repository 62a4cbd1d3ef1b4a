import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet, type Database, getItem, query } from '../platform/dynamodb.ts';
import { farthest, isAhead } from '../platform/time.ts';
import { updateItem } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import { hold } from './hold.ts';
import { isSettled, type LineEntry, type MessageRecord } from './record.ts';
import { sendToQueues } from './send-to-queues.ts';
import { settleEntry } from './transition.ts';
import { mayWork } from './turn-order.ts';

/**
 * Messages claimed before they are sent. A crash between claiming and sending delays at most this many until they are
 * redispatched.
 */
const claimed = 100;
const concurrency = 25;

/** The entries of one line, in order, consistently read. */
export async function readLine(context: Pick<MessageContext, 'db' | 'tables'>, line: string): Promise<LineEntry[]> {
  return Array.fromAsync(
    query<LineEntry>(context.db, {
      TableName: context.tables.lines,
      KeyConditionExpression: 'line = :line',
      ExpressionAttributeValues: { ':line': line },
    }),
  );
}

/** The entries of a line, and of the lines that open messages among them follow, consistently read. */
export async function readLines(context: Parameters<typeof readLine>[0], line: string): Promise<LineEntry[]> {
  const found: LineEntry[] = [];
  const read = new Set<string>();
  for (let lines = [line]; lines.length > 0; ) {
    for (const each of lines) read.add(each);
    const entries = (await Promise.all(lines.map((each) => readLine(context, each)))).flat();
    found.push(...entries);
    const followed = entries.flatMap(({ state, follows = [] }) => (state === 'open' ? follows : []));
    lines = [...new Set(followed.map((each) => each.line))].filter((each) => !read.has(each));
  }
  return found;
}

/** Queues the messages of a line that may be processed and are due. Idempotent. */
export async function dispatchLine(context: MessageContext, line: string): Promise<void> {
  const next = mayWork(await readLines(context, line)).filter((entry) => entry.line === line);
  await dispatchDue(context, next);
}

/**
 * Queues those of the given messages that are due.
 *
 * @param next messages that may be processed, from `mayWork`
 */
export async function dispatchDue(context: MessageContext, next: readonly LineEntry[]): Promise<void> {
  const due = await dueOf(context, next);
  for (let from = 0; from < due.length; from += claimed) {
    const won: LineEntry[] = [];
    await forEachConcurrently(due.slice(from, from + claimed), concurrency, async ({ entry, attempts }) => {
      if (await claimMessage(context, entry, attempts)) won.push(entry);
    });
    await sendToQueues(context, won);
  }
}

/** The entries that are due, each with its attempts so far. */
async function dueOf({ db, clock, tables, settings }: MessageContext, entries: readonly LineEntry[]) {
  const keys = entries.map(({ messageId }) => ({ messageId }));
  const attributes = ['messageId', 'dueAt', 'leaseUntil', 'attempts'] as const;
  const records = await batchGet<Pick<MessageRecord, (typeof attributes)[number]>>(
    db,
    clock,
    tables.messages,
    keys,
    attributes,
  );
  const due = records.filter((record) => isDue(record, clock.now(), settings.pollSeconds));
  const attemptsOf = new Map(due.map(({ messageId, attempts }) => [messageId, attempts]));
  return entries.flatMap((entry) => {
    const attempts = attemptsOf.get(entry.messageId);
    return attempts === undefined ? [] : [{ entry, attempts }];
  });
}

/**
 * Postpones a message's due time and counts the attempt. Of several concurrent callers only one succeeds and sends the message
 * to its queue. A message whose attempts are used up is held instead.
 *
 * @param attempts made so far, if known; each one doubles the time until the message is queued again
 * @returns whether the caller has to send the message to its queue
 */
export async function claimMessage(context: MessageContext, entry: LineEntry, attempts?: number): Promise<boolean> {
  const { db, clock, tables, settings } = context;
  const now = clock.now();
  const outcome = await updateItem(db, {
    TableName: tables.messages,
    Key: { messageId: entry.messageId },
    UpdateExpression: 'SET dueAt = :next ADD attempts :one',
    ConditionExpression: `#state = :state AND (dueAt <= :now OR dueAt > :latest) AND attempts < :most AND ${isUnleased}`,
    ExpressionAttributeNames: { '#state': 'state' },
    ExpressionAttributeValues: {
      ':state': entry.state,
      ...unleasedValues(now),
      // After an unknown number of attempts any pause is plausible.
      ':latest': farthest(now, longestPause(attempts ?? maxDoublings, settings.pollSeconds)),
      ':next': now + longestPause(attempts ?? 0, settings.pollSeconds),
      ':most': settings.maxAttempts,
      ':one': 1,
    },
  });
  if (outcome === 'refused') await lookInto(context, entry);
  return outcome === 'committed';
}

/** After a refused claim: settles the entry that a crash left behind its message, holds a message whose attempts are used up. */
async function lookInto(context: MessageContext, entry: LineEntry): Promise<void> {
  const { maxAttempts, pollSeconds } = context.settings;
  const record = await readMessage(context, entry.messageId);
  if (record && isSettled(record.state)) return settleEntry(context, record);
  if (record?.state !== entry.state || record.attempts < maxAttempts) return;
  if (!isDue(record, context.clock.now(), pollSeconds)) return;
  await hold(context, record, {
    kind: 'attempts-used-up',
    subject: record.messageId,
    messageId: record.messageId,
    expected: `done within ${maxAttempts} attempts`,
    found: record.lastError ?? 'every attempt ended without a result',
  });
}

/**
 * Queues the messages that may be processed because this one was settled or held, or waits for its next attempt: of its line,
 * and of the lines whose messages follow it or what waits behind it.
 */
export async function dispatchNext(
  context: MessageContext,
  own: Pick<MessageRecord, 'line' | 'position'>,
): Promise<void> {
  const entries = fromEntry(own, await readLine(context, own.line));
  const lines = new Set([own.line, ...entries.flatMap(({ followedBy = [] }) => followedBy)]);
  await Promise.all(Array.from(lines, (each) => dispatchLine(context, each)));
}

/** The entry of a message, and those behind it in its line. */
export const fromEntry = (own: Pick<LineEntry, 'line' | 'position'>, entries: readonly LineEntry[]): LineEntry[] =>
  entries.filter(({ line, position }) => line === own.line && position >= own.position);

/** A message's record, consistently read. */
export async function readMessage(
  context: { db: Database; tables: { messages: string } },
  messageId: string,
): Promise<MessageRecord | undefined> {
  return getItem<MessageRecord>(context.db, context.tables.messages, { messageId });
}

/** Time after which a queued message that nobody took is queued again: two polls, in milliseconds. */
export const redispatchTime = (pollSeconds: number) => 2_000 * pollSeconds;

/**
 * Doublings of that time for a message that nobody takes: up to two hours. With ten thousand messages waiting, or a portal that
 * takes seconds for each, the queue is long, and waiting in it must not use up attempts.
 */
const maxDoublings = 6;

/** Longest pause of a message after this number of attempts, in milliseconds. No backoff is longer. */
const longestPause = (attempts: number, pollSeconds: number) =>
  redispatchTime(pollSeconds) * 2 ** Math.min(attempts, maxDoublings);

/** Longest lease on a message or on the poll, in milliseconds: no function runs longer (AWS Lambda quotas). */
export const longestLease = 900_000;

/** The condition that no handler has a lease on a message, and the values that it needs. */
export const isUnleased = '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now OR leaseUntil > :farthest)';
export const unleasedValues = (now: number) => ({ ':now': now, ':farthest': farthest(now, longestLease) });

/**
 * Whether a message's due time and lease allow processing now. A time too far in the future, written by a clock that was ahead,
 * counts as past.
 */
export const isDue = (
  { dueAt, leaseUntil, attempts }: Pick<MessageRecord, 'dueAt' | 'leaseUntil' | 'attempts'>,
  now: number,
  pollSeconds: number,
) => !isAhead(dueAt, now, longestPause(attempts, pollSeconds)) && !isAhead(leaseUntil, now, longestLease);
