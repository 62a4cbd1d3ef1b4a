import { deflateSync, inflateSync } from 'node:zlib';
import * as z from 'zod';
import { timeKey } from '../keys.ts';

/**
 * How far somebody has read a log: everything up to a key, and some keys after it. An event's key has the time at which its
 * transaction began, so one may appear behind another that was read already; within that time events are counted one by one.
 */
export interface LogCursor {
  /** Key up to which everything was seen, the empty text for nothing. */
  upTo: string;
  /** Keys after it that were seen. */
  seen: readonly string[];
}

/** How far somebody has read the logs of parties. */
export type EventCursor = Readonly<Record<string, LogCursor>>;

/**
 * Most events that a cursor counts one by one: with them it fits into an address beside the headers of a request, which have 10,240
 * bytes together (Amazon API Gateway developer guide, quotas).
 */
export const maxSeen = 100;

/** Events that were acknowledged meanwhile may be in it, too. */
const logCursor = z.object({ upTo: z.string().max(200), seen: z.array(z.string().max(200)).max(1_000) });
const cursorShape = z.record(z.string().max(400), logCursor);

/**
 * Milliseconds after which no transaction puts an event with an earlier time: a request takes half a minute at most, and clocks of
 * functions differ by less than the rest.
 */
const settling = 120_000;

export const beginning: LogCursor = { upTo: '', seen: [] };

/** Key before which nothing comes any more. @param now milliseconds since 1970 */
export const settledAt = (now: number): string => timeKey(Math.max(0, now - settling));

/**
 * The cursor after further keys were seen.
 *
 * @param now milliseconds since 1970
 * @param end the last key that was read, where more are there: before a key that was seen earlier some may be unread
 */
export function advance({ upTo, seen }: LogCursor, keys: readonly string[], now: number, end?: string): LogCursor {
  const settled = settledAt(now);
  const all = [...new Set([...seen, ...keys])].filter((key) => key > upTo).toSorted();
  // Everything before the first unseen event that may still come.
  const passed = all.filter((key) => key < settled && (end === undefined || key <= end));
  return { upTo: passed.at(-1) ?? upTo, seen: all.slice(passed.length) };
}

/** The cursor of everything that two cursors of one log have seen. */
export function merge(one: LogCursor, other: LogCursor): LogCursor {
  const upTo = one.upTo > other.upTo ? one.upTo : other.upTo;
  const seen = [...new Set([...one.seen, ...other.seen])].filter((key) => key > upTo).toSorted();
  return { upTo, seen };
}

export const hasSeen = ({ upTo, seen }: LogCursor, key: string): boolean => key <= upTo || seen.includes(key);

/** A cursor as clients hold it. */
export const encodeCursor = (cursor: EventCursor): string => deflateSync(JSON.stringify(cursor)).toString('base64url');

/** Most bytes of a cursor, however short it is as clients hold it. */
const maxOutputLength = 200_000;

/** @returns undefined for a text that is no cursor */
export function decodeCursor(text: string): EventCursor | undefined {
  try {
    const json = inflateSync(Buffer.from(text, 'base64url'), { maxOutputLength });
    return cursorShape.safeParse(JSON.parse(json.toString())).data;
  } catch {
    return undefined;
  }
}
