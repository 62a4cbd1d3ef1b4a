import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet } from '../platform/dynamodb.ts';
import { farthest } from '../platform/time.ts';
import { updateItem } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import { isDue, isUnleased, longestPause, maxDoublings, unleasedValues } from './due.ts';
import { hold } from './hold.ts';
import { fromEntry, readLine, readLines, readMessage } from './read.ts';
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
