import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { Batcher, onePer } from '../platform/batcher.ts';
import { type Database, getItem, query } from '../platform/dynamodb.ts';
import { TransientError } from '../platform/errors.ts';
import { transact } from '../platform/transaction.ts';
import type { Bridge } from './bridge.ts';
import { hold } from './hold.ts';
import { mayWork } from './lines.ts';
import type { LineEntry, MessageRecord, Standing } from './record.ts';
import { type Seen, toTravel } from './seen.ts';

/** The entries of one line, in order, consistently read. */
export async function readLine(bridge: Pick<Bridge, 'db' | 'tables'>, line: string): Promise<LineEntry[]> {
  return Array.fromAsync(
    query<LineEntry>(bridge.db, {
      TableName: bridge.tables.lines,
      KeyConditionExpression: 'line = :line',
      ExpressionAttributeValues: { ':line': line },
    }),
  );
}

/** Puts to work what may work in a line and is due. Harmless when done twice. */
export async function dispatchLine(bridge: Bridge, line: string): Promise<void> {
  const at = bridge.clock.now();
  await dispatchSeen(bridge, { at, entries: await readLine(bridge, line) });
}

/**
 * Puts to work what may work by what was seen of a line.
 *
 * @returns whether there was something, and all of it was due
 */
export async function dispatchSeen(bridge: Bridge, seen: Seen): Promise<boolean> {
  const candidates = mayWork(seen.entries);
  const won = await Promise.all(candidates.map((entry) => claim(bridge, entry)));
  const claimed = candidates.filter((_, index) => won[index]);
  await sendToQueues(
    bridge,
    claimed.map((entry) => ({ entry, seen })),
  );
  return claimed.length > 0 && claimed.length === candidates.length;
}

/**
 * Moves a message's due time on and counts the attempt; of several callers one wins, and only it sends to the queue.
 * A message whose attempts are used up is held instead.
 *
 * @param attempts made so far, as far as known: the more, the longer it is left alone
 * @returns whether the caller is to send it to its queue
 */
export async function claim(bridge: Bridge, entry: Standing, attempts = 0): Promise<boolean> {
  const { db, clock, tables, settings } = bridge;
  const now = clock.now();
  const outcome = await transact(db, clock, [
    {
      Update: {
        TableName: tables.messages,
        Key: { messageId: entry.messageId },
        UpdateExpression: 'SET dueAt = :next ADD attempts :one',
        ConditionExpression:
          '#state = :state AND dueAt <= :now AND attempts < :most AND (attribute_not_exists(leaseUntil) OR leaseUntil <= :now)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':state': entry.state,
          ':now': now,
          ':next': now + redispatchTime(settings.pollSeconds) * 2 ** Math.min(attempts, mostDoublings),
          ':most': settings.maxAttempts,
          ':one': 1,
        },
      },
    },
  ]);
  if (outcome === 'refused') await holdWhenUsedUp(bridge, entry);
  return outcome === 'committed';
}

async function holdWhenUsedUp(bridge: Bridge, entry: Standing): Promise<void> {
  const { maxAttempts } = bridge.settings;
  const record = await readMessage(bridge, entry.messageId);
  if (record?.state !== entry.state || record.attempts < maxAttempts || !isDue(record, bridge.clock.now())) return;
  await hold(bridge, record, {
    kind: 'attempts-used-up',
    subject: record.messageId,
    messageId: record.messageId,
    expected: `done within ${maxAttempts} attempts`,
    found: record.lastError ?? 'every attempt ended without a result',
  });
}

/** A message's record, consistently read. */
export async function readMessage(
  bridge: { db: Database; tables: { messages: string } },
  messageId: string,
): Promise<MessageRecord | undefined> {
  return getItem<MessageRecord>(bridge.db, bridge.tables.messages, { messageId });
}

/** How long a message that was queued is left alone before it is queued again: two polls, in milliseconds. */
export const redispatchTime = (pollSeconds: number) => 2_000 * pollSeconds;

/**
 * A message that nobody took up is queued again after twice the time, and so on up to some two hours: where ten thousand wait,
 * or the portal takes seconds for each, the queue is long, and nobody's attempts are to be used up by that.
 */
const mostDoublings = 6;

/** Whether a message may be put to work by its times. */
export const isDue = (record: Pick<MessageRecord, 'dueAt' | 'leaseUntil'>, now: number) =>
  record.dueAt <= now && (record.leaseUntil ?? 0) <= now;

/** JSON in ASCII: SQS refuses some of the characters that an id may have (SendMessage, API reference). */
const asciiJson = (value: unknown) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Most messages of one SendMessageBatch (SQS API reference). */
const maxBatch = 10;

/** Longest body of a queue message: ten of them are to be no longer than a batch may be, 256 KiB. */
const longestBody = 20_000;

interface Queued {
  url: string;
  body: string;
}

const senders = onePer(
  (sqs: Bridge['sqs']) =>
    new Batcher<Queued, true>((messages) => sendAll(sqs, messages), { most: 10 * maxBatch, atOnce: 2 }),
);

/** Sends messages to the queues of their types. What has no queue is an unknown type and never gets here. */
export async function sendToQueues({ sqs, queues }: Bridge, messages: readonly Claimed[]): Promise<void> {
  const sender = senders(sqs);
  await Promise.all(
    messages.map((message) => sender.ask({ url: queues[message.entry.type] as string, body: bodyOf(message) })),
  );
}

/** A message that the caller is to send, and what it saw of the line. */
export interface Claimed {
  entry: Standing;
  seen: Seen;
}

function bodyOf({ entry: { messageId }, seen }: Claimed): string {
  const body = asciiJson({ messageId, seen: toTravel(seen, messageId) });
  return body.length <= longestBody ? body : asciiJson({ messageId });
}

async function sendAll(sqs: Bridge['sqs'], messages: readonly Queued[]): Promise<true[]> {
  const byQueue = Map.groupBy(messages, ({ url }) => url);
  const sends = [...byQueue].flatMap(([url, ofQueue]) =>
    Array.from({ length: Math.ceil(ofQueue.length / maxBatch) }, (_, page) =>
      sendBatch(sqs, url, ofQueue.slice(page * maxBatch, (page + 1) * maxBatch)),
    ),
  );
  await Promise.all(sends);
  return messages.map(() => true);
}

async function sendBatch(sqs: Bridge['sqs'], QueueUrl: string, messages: readonly Queued[]): Promise<void> {
  const Entries = messages.map(({ body }, index) => ({ Id: String(index), MessageBody: body }));
  const answer = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  const failed = answer.Failed?.[0];
  if (failed)
    throw new TransientError(`SQS: SendMessageBatch refused ${answer.Failed?.length} messages: ${failed.Code}`);
}
