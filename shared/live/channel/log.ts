import { randomUUID } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { batchGet, getItem, query, unlessRefused, updateExpression } from '../../platform/dynamodb.ts';
import {
  maxActions,
  transact,
  transactAll,
  tryAgain,
  untilCommitted,
  updateItem,
  type Write,
} from '../../platform/transaction.ts';
import type { LiveContext } from '../context.ts';

// The log of a channel: a head at offset 0, which counts the pushes, and an entry for each push. Offsets count up without a hole.

/** A place in a log: all pushes up to the offset, in a log that began as `epoch`. */
export interface LogPlace {
  epoch: string;
  offset: number;
}

interface HeadRow {
  channel: string;
  offset: 0;
  epoch: string;
  /** Offset of the newest push. */
  last: number;
  /** The era in which the log was last opened; 0 where it is absent. */
  era?: number;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** A push, as the log keeps it. */
export interface ChannelEntry {
  offset: number;
  /** JSON of the message. */
  text: string;
  /** The session that does not get the push, because it caused it. */
  except?: string | undefined;
  /** Whom the push may reach, where not everybody of the channel for ever. */
  audiences?: readonly string[] | undefined;
}

/** A push to be appended. */
export interface NewEntry extends Omit<ChannelEntry, 'offset'> {
  /** Identity of the event that the push reports: it is appended to a channel once. */
  event?: string | undefined;
}

/** Milliseconds for which a push is kept for clients that are away. */
export const retention = 24 * 3_600_000;

/** Milliseconds for which an unused log keeps its place. */
const headRetention = 60 * 24 * 3_600_000;

/** Logs at once. */
const concurrency = 10;

const seconds = (milliseconds: number) => Math.ceil(milliseconds / 1_000);

const headKey = (channel: string) => ({ channel, offset: 0 });

/** Identities of events are kept as long as the events may be tried again. */
const markerKey = (channel: string, event: string) => ({ channel: `event#${event}#${channel}`, offset: 0 });

/**
 * Reads the newest place of a log, which begins if it does not exist.
 *
 * @param era of a log that gets no pushes between eras: in another one it goes on as another log
 */
export async function openLog(context: LiveContext, channel: string, era?: number): Promise<LogPlace> {
  const { clock } = context;
  return untilCommitted(`Channel ${channel}`, async () => {
    const head = await readHead(context, channel);
    const expiresAt = seconds(clock.now() + headRetention);
    if (!head) {
      const created = await createHead(context, channel, expiresAt, era);
      return created ? { epoch: created.epoch, offset: 0 } : tryAgain;
    }
    if (era !== undefined && era !== (head.era ?? 0)) {
      const epoch = randomUUID();
      return (await changeHead(context, head, { epoch, era, expiresAt })) ? { epoch, offset: head.last } : tryAgain;
    }
    // A log that a client reads lives on, although nothing is pushed.
    if (head.expiresAt < seconds(clock.now() + headRetention / 2)) await changeHead(context, head, { expiresAt });
    return { epoch: head.epoch, offset: head.last };
  });
}

/** Where an entry is. */
export interface Appended {
  place: LogPlace;
  /** False when it was there already, because its event was appended before. */
  isNew: boolean;
}

/** Entries for a log, in their order. */
export interface Addition {
  channel: string;
  entries: readonly NewEntry[];
}

/** Most entries that a transaction adds to a log, with a marker each and the head. */
const maxAtOnce = Math.floor((maxActions - 1) / 2);

/** Most bytes of them: a transaction has at most 4 MB (DynamoDB API reference). */
const maxBytesAtOnce = 3e6;

/**
 * Appends entries to logs, in as few transactions as can hold them.
 *
 * @param additions of different channels
 * @returns where the entries of each addition are, by channel
 */
export async function appendAll(
  context: LiveContext,
  additions: readonly Addition[],
): Promise<ReadonlyMap<string, readonly Appended[]>> {
  const { db, clock, tables } = context;
  const keys = additions.map(({ channel }) => headKey(channel));
  const heads = await batchGet<HeadRow>(db, clock, tables.channels, keys);
  const byChannel = new Map(heads.map((head) => [head.channel, head]));
  const possible = additions.flatMap(({ channel, entries }) => {
    const head = byChannel.get(channel);
    return head && fitsOneTransaction(entries) ? [{ head, entries }] : [];
  });
  const writes = possible.map(({ head, entries }) => additionWrites(context, head, entries));
  const outcomes = await transactAll(db, clock, writes);
  const appended = new Map<string, readonly Appended[]>();
  for (const [index, { head, entries }] of possible.entries()) {
    if (outcomes[index] !== 'committed') continue;
    const { channel, epoch, last } = head;
    appended.set(
      channel,
      entries.map((_, after) => ({ place: { epoch, offset: last + after + 1 }, isNew: true })),
    );
  }
  // One after the other where the log has changed meanwhile, or has some of the events.
  const others = additions.filter(({ channel }) => !appended.has(channel));
  await forEachConcurrently(others, concurrency, async ({ channel, entries }) => {
    appended.set(channel, await Array.fromAsync(entries, (entry) => append(context, channel, entry)));
  });
  return appended;
}

function fitsOneTransaction(entries: readonly NewEntry[]): boolean {
  const events = entries.flatMap(({ event }) => event ?? []);
  return (
    entries.length <= maxAtOnce &&
    new Set(events).size === events.length &&
    entries.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0) <= maxBytesAtOnce
  );
}

/** Appends an entry. */
export async function append(context: LiveContext, channel: string, entry: NewEntry): Promise<Appended> {
  const { db, clock } = context;
  const { event } = entry;
  return untilCommitted(`Channel ${channel}`, async (tried) => {
    if (tried > 0) await clock.sleep(clock.random() * 10 * tried);
    const { epoch, offset: last } = await openLog(context, channel);
    const writes = additionWrites(context, { channel, epoch, last }, [entry]);
    if ((await transact(db, clock, writes)) === 'committed') return { place: { epoch, offset: last + 1 }, isNew: true };
    const known = event === undefined ? undefined : await placeOfEvent(context, channel, event);
    return known ? { place: known, isNew: false } : tryAgain;
  });
}

/** Adds entries to a log whose head is as read, and whose events it does not have. */
function additionWrites(
  { clock, tables }: LiveContext,
  head: Pick<HeadRow, 'channel' | 'epoch' | 'last'>,
  entries: readonly NewEntry[],
): Write[] {
  const { channel, epoch, last } = head;
  const now = clock.now();
  const TableName = tables.channels;
  const ConditionExpression = 'attribute_not_exists(channel)';
  const puts = entries.flatMap(({ event, ...entry }, index): Write[] => {
    const offset = last + index + 1;
    const Item = { channel, ...entry, offset, expiresAt: seconds(now + retention) };
    const put = { Put: { TableName, Item, ConditionExpression } };
    if (event === undefined) return [put];
    const expiresAt = seconds(now + 2 * retention);
    const marker = { ...markerKey(channel, event), epoch, place: offset, expiresAt };
    return [put, { Put: { TableName, Item: marker, ConditionExpression } }];
  });
  const changes = { last: last + entries.length, expiresAt: seconds(now + headRetention) };
  return [
    {
      Update: {
        TableName,
        Key: headKey(channel),
        ConditionExpression: 'epoch = :epoch AND #last = :read',
        ...updateExpression(changes, { ':epoch': epoch, ':read': last }),
      },
    },
    ...puts,
  ];
}

/** Most pushes that a client gets after it was away; more are a gap. */
const maxReplayed = 500;

/** The place and the pushes that a client gets when it comes back. */
export interface Resumption {
  /** The newest place. */
  place: LogPlace;
  /** Whether `missed` is all that came after the client's place. */
  recovered: boolean;
  missed: ChannelEntry[];
}

/** Finds what was pushed after a client's place. */
export async function resume(context: LiveContext, channel: string, from: LogPlace, era?: number): Promise<Resumption> {
  const place = await openLog(context, channel, era);
  if (!mayRecover(from, place)) return { place, recovered: false, missed: [] };
  const missed = await readBetween(context, channel, from.offset, place.offset);
  // Pushes expire in no order, so any of them may be missing.
  const recovered = missed.length === place.offset - from.offset;
  return { place, recovered, missed: recovered ? missed : [] };
}

/** Whether a log may still have all pushes from a place on. */
const mayRecover = (from: LogPlace, newest: LogPlace): boolean =>
  from.epoch === newest.epoch && from.offset <= newest.offset && newest.offset - from.offset <= maxReplayed;

/** Entries after an offset, up to another one. */
export async function readBetween(
  { db, tables }: LiveContext,
  channel: string,
  after: number,
  upTo: number,
): Promise<ChannelEntry[]> {
  if (after >= upTo) return [];
  return Array.fromAsync(
    query<ChannelEntry>(db, {
      TableName: tables.channels,
      KeyConditionExpression: 'channel = :channel AND #offset BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#offset': 'offset' },
      ExpressionAttributeValues: { ':channel': channel, ':from': after + 1, ':to': upTo },
    }),
  );
}

const readHead = ({ db, tables }: LiveContext, channel: string): Promise<HeadRow | undefined> =>
  getItem<HeadRow>(db, tables.channels, headKey(channel));

async function createHead(
  { db, tables }: LiveContext,
  channel: string,
  expiresAt: number,
  era?: number,
): Promise<HeadRow | undefined> {
  const Item: HeadRow = { channel, offset: 0, epoch: randomUUID(), last: 0, ...(era && { era }), expiresAt };
  const put = { TableName: tables.channels, Item, ConditionExpression: 'attribute_not_exists(channel)' };
  return (await unlessRefused(db.send(new PutCommand(put)))) && Item;
}

/** @returns false when the log has got a push meanwhile, or has gone on as another one */
async function changeHead(
  { db, tables }: LiveContext,
  { channel, epoch, last }: HeadRow,
  changes: Partial<HeadRow>,
): Promise<boolean> {
  const outcome = await updateItem(db, {
    TableName: tables.channels,
    Key: headKey(channel),
    ConditionExpression: 'epoch = :read AND #last = :last',
    ...updateExpression({ ...changes, last }, { ':read': epoch }),
  });
  return outcome === 'committed';
}

async function placeOfEvent(
  { db, tables }: LiveContext,
  channel: string,
  event: string,
): Promise<LogPlace | undefined> {
  const marker = await getItem<{ epoch: string; place: number }>(db, tables.channels, markerKey(channel, event));
  return marker && { epoch: marker.epoch, offset: marker.place };
}
