import type { MessageContext } from '../context.ts';
import { claimMessage, dispatchLine } from '../dispatch.ts';
import { fromEntry, readLines } from '../read.ts';
import { isSettled, type LineEntry, type MessageRecord } from '../record.ts';
import { sendToQueues } from '../send-to-queues.ts';
import { isRevocation, mayWork } from '../turn-order.ts';

/** The position of a message that may be processed. */
export interface LinePlace {
  /** The entries of its line in order, and the entries of other lines that messages of its line follow. */
  entries: readonly LineEntry[];
  own: LineEntry;
  /** The entries of its line that may be processed, including its own. */
  next: readonly LineEntry[];
}

/** @returns undefined if the message may not be processed yet */
export async function findPlace(
  context: MessageContext,
  { messageId, line }: Pick<MessageRecord, 'messageId' | 'line'>,
): Promise<LinePlace | undefined> {
  const entries = await readLines(context, line);
  const next = nextOf(entries, line);
  const own = next.find((entry) => entry.messageId === messageId);
  return own && { entries, own, next };
}

const nextOf = (entries: readonly LineEntry[], line: string): LineEntry[] =>
  mayWork(entries).filter((entry) => entry.line === line);

/** Entries older than a message, in order: all of its own line, and those of other lines about the same access or file. */
export function olderOf({ entries, own }: LinePlace): LineEntry[] {
  const followed = new Map(own.follows?.map((each) => [each.messageId, each]));
  const lines = new Map(own.follows?.map(({ line, position }) => [line, position]));
  return entries
    .filter(
      ({ messageId, line, position, subject }) =>
        position < own.position &&
        (line === own.line ||
          followed.has(messageId) ||
          (subject === own.subject && position < (lines.get(line) ?? ''))),
    )
    .sort((a, b) => (a.position < b.position ? -1 : 1));
}

/**
 * Queues the messages that may be processed because a message was: in its line, and in the lines whose messages follow it.
 * Messages that could be processed before were queued before.
 *
 * @param record the message after its processing
 * @param retried ids of messages of its line that were made due again
 * @returns the entries of its line, if they were read again
 */
export async function dispatchAfter(
  context: MessageContext,
  record: MessageRecord,
  place: LinePlace,
  retried: ReadonlySet<string>,
): Promise<LineEntry[] | undefined> {
  const { messageId, line, state } = record;
  const waits = !isSettled(state) && record.dueAt > context.clock.now();
  const before = new Set(place.next.map((entry) => entry.messageId));
  for (const each of waits ? retried : [...retried, messageId]) before.delete(each);
  const dispatch = async (entries: readonly LineEntry[]) => {
    const next = nextOf(entries, line).filter((entry) => !before.has(entry.messageId));
    const won = await Promise.all(next.map((entry) => claimMessage(context, entry)));
    await sendToQueues(
      context,
      next.filter((_, index) => won[index]),
    );
    return next.length > 0 && won.every((each) => each);
  };
  // No other handler can have changed the line, so the entries read before are current; new entries are only appended.
  const isAlone =
    place.next.length === 1 &&
    retried.size === 0 &&
    (!isRevocation(record.type) || olderOf(place).every((older) => isSettled(older.state))) &&
    state !== 'held' &&
    // It may be out of the way now.
    state !== 'applied' &&
    state !== place.own.state;
  const now = place.entries.map((entry) => (entry === place.own ? { ...place.own, state, yields: false } : entry));
  if (isAlone && (await dispatch(now))) return undefined;
  const entries = await readLines(context, line);
  await dispatch(entries);
  return entries.filter((entry) => entry.line === line);
}

/**
 * The entries that may have begun to let messages of other lines pass: a message's own, and those that wait behind it for as
 * long as for a person when it was not settled.
 */
export function lettingPass({ state }: MessageRecord, { own, entries }: LinePlace): LineEntry[] {
  return isSettled(state) || state === 'working' ? [own] : fromEntry(own, entries);
}

/** Queues the messages of other lines that follow the given ones. */
export async function dispatchFollowers(context: MessageContext, entries: Iterable<Pick<LineEntry, 'followedBy'>>) {
  const lines = new Set([...entries].flatMap(({ followedBy = [] }) => followedBy));
  await Promise.all([...lines].map((line) => dispatchLine(context, line)));
}
