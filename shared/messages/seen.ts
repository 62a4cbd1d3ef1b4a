import * as z from 'zod';
import { idSchema } from '../portal/id.ts';
import { messageTypes } from '../portal/messages.ts';
import { isRevocation, mayWork } from './lines.ts';
import { isSettled, type Standing } from './record.ts';

const standingSchema = z.object({
  messageId: idSchema,
  type: z.enum(messageTypes),
  subject: z.string().optional(),
  state: z.enum(['open', 'applying', 'applied', 'working', 'held']),
  yields: z.boolean().optional(),
});

/**
 * What somebody saw of a line. A queue message carries it, so that its handler need not read the line that the sender has
 * just read.
 *
 * Why that is safe, for a message that is no revocation: it was claimed by somebody who saw it as next, and next it stays.
 * New messages only come behind it; what is older had its effect by then, and effects are never undone. Of the messages
 * behind it one is claimed only in the state in which it was seen, and only by who has just finished the one before it.
 * What may have changed: a delivery under way is held by now, and the line goes on as if it was held a moment later. A
 * revocation may then pass this message, as it may when its handler has read the line itself: it makes moot what it
 * passes on condition that nobody changed it, so one of the two gives way. What else happened, a refused claim tells,
 * and the line is read. Revocations look at what is older and not finished, and read the line, unless there was nothing: what
 * is finished stays so.
 */
export interface Seen {
  /** When, in milliseconds since 1970. */
  at: number;
  /** In the line's order. */
  entries: readonly Standing[];
}

/** Most entries that travel: some 2 kB of ids. */
const mostEntries = 10;

export const seenSchema = z.object({ at: z.number(), entries: z.array(standingSchema).max(mostEntries) });

/** What is to travel with a message: the beginning of its line, without what stands in nobody's way any more. */
export function toTravel({ at, entries }: Seen, messageId: string): Seen | undefined {
  const inTheWay = entries.filter((entry) => !isSettled(entry.state)).slice(0, mostEntries);
  const own = inTheWay.find((entry) => entry.messageId === messageId);
  if (!own || (isRevocation(own.type) && own !== inTheWay[0])) return undefined;
  return {
    at,
    entries: inTheWay.map(({ messageId, type, subject, state, yields }) => ({
      messageId,
      type,
      subject,
      state,
      yields,
    })),
  };
}

/** How long what was seen is believed, in milliseconds: longer than a chain of messages takes, and a queue seldom holds any. */
const believedFor = 60_000;

/** Whether what was seen tells by itself that a message is next. */
export function showsAsNext({ at, entries }: Seen, messageId: string, now: number): boolean {
  return (
    now < at + believedFor &&
    mayWork(entries).some(
      (entry) => entry.messageId === messageId && (!isRevocation(entry.type) || entry === entries[0]),
    )
  );
}
