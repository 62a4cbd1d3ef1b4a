import type { MessageContext } from '../context.ts';
import { claimMessage, dispatchLine, readLines } from '../dispatch.ts';
import { isSettled, type LineEntry, type MessageRecord } from '../record.ts';
import { sendToQueues } from '../send-to-queues.ts';
import { isRevocation, mayWork } from '../turn-order.ts';

/** Where a message stands that may work. */
export interface Place {
  /** Its line, in order, with what messages of the line follow elsewhere. */
  entries: readonly LineEntry[];
  own: LineEntry;
  /** What may work in its line, itself among it. */
  next: readonly LineEntry[];
}

/** @returns nothing when it is not the message's turn */
export async function findPlace(
  context: MessageContext,
  { messageId, line }: Pick<MessageRecord, 'messageId' | 'line'>,
): Promise<Place | undefined> {
  const entries = await readLines(context, line);
  const next = nextOf(entries, line);
  const own = next.find((entry) => entry.messageId === messageId);
  return own && { entries, own, next };
}

const nextOf = (entries: readonly LineEntry[], line: string): LineEntry[] =>
  mayWork(entries).filter((entry) => entry.line === line);

/** What is older than a message, in order: of its own line all, of the lines that it follows what is about the same. */
export function olderOf({ entries, own }: Place): LineEntry[] {
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
 * Puts to work what may work since a message was worked on: in its line, and in those whose messages follow it. What could
 * work before was put to work before.
 *
 * @param record the message as it is now
 * @param retried messages of its line that are due again
 * @returns its line as it is now, when it was read since
 */
export async function dispatchAfter(
  context: MessageContext,
  record: MessageRecord,
  place: Place,
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
  // Nobody else can have been at work in the line, so it is as it was, and what came to it only came behind.
  const isAlone =
    place.next.length === 1 &&
    retried.size === 0 &&
    !isRevocation(record.type) &&
    state !== 'held' &&
    state !== place.own.state;
  const now = place.entries.map((entry) => (entry === place.own ? { ...place.own, state, yields: false } : entry));
  if (isAlone && (await dispatch(now))) return undefined;
  const entries = await readLines(context, line);
  await dispatch(entries);
  return entries.filter((entry) => entry.line === line);
}

/** Puts to work what follows messages of other lines that may have ended. */
export async function dispatchFollowers(context: MessageContext, entries: Iterable<Pick<LineEntry, 'followedBy'>>) {
  const lines = new Set([...entries].flatMap(({ followedBy = [] }) => followedBy));
  await Promise.all([...lines].map((line) => dispatchLine(context, line)));
}
