import { forEachConcurrently } from '../platform/concurrency.ts';
import { batchGet } from '../platform/dynamodb.ts';
import type { Bridge } from './bridge.ts';
import { type Claimed, claim, isDue, sendToQueues } from './dispatch.ts';
import { mayWork } from './lines.ts';
import type { LineEntry, MessageRecord } from './record.ts';

/** How many messages are claimed before they are sent: what a crash in between would delay until the next redispatch. */
const claimed = 100;
const atOnce = 25;

/**
 * Puts to work what may work and is due, in all lines.
 *
 * @param entries of any lines, in any order
 * @param at when they were read, in milliseconds since 1970
 */
export async function dispatchDue(bridge: Bridge, entries: readonly LineEntry[], at: number): Promise<void> {
  const due = await dueOf(bridge, candidatesOf(entries, at));
  for (let from = 0; from < due.length; from += claimed) {
    const won: Claimed[] = [];
    await forEachConcurrently(due.slice(from, from + claimed), atOnce, async (candidate) => {
      if (await claim(bridge, candidate.entry, candidate.attempts)) won.push(candidate);
    });
    await sendToQueues(bridge, won);
  }
}

function candidatesOf(all: readonly LineEntry[], at: number): Claimed[] {
  return [...Map.groupBy(all, (entry) => entry.line).values()].flatMap((line) => {
    const entries = line.toSorted((a, b) => (a.position < b.position ? -1 : 1));
    return mayWork(entries).map((entry) => ({ entry, seen: { at, entries } }));
  });
}

interface Due extends Claimed {
  /** So far. */
  attempts: number;
}

async function dueOf(bridge: Bridge, candidates: readonly Claimed[]): Promise<Due[]> {
  const { db, clock, tables } = bridge;
  const keys = candidates.map(({ entry: { messageId } }) => ({ messageId }));
  const attributes = ['messageId', 'dueAt', 'leaseUntil', 'attempts'] as const;
  const records = await batchGet<Pick<MessageRecord, (typeof attributes)[number]>>(
    db,
    clock,
    tables.messages,
    keys,
    attributes,
  );
  const due = records.filter((record) => isDue(record, clock.now()));
  const attemptsOf = new Map(due.map(({ messageId, attempts }) => [messageId, attempts]));
  return candidates.flatMap((candidate) => {
    const attempts = attemptsOf.get(candidate.entry.messageId);
    return attempts === undefined ? [] : [{ ...candidate, attempts }];
  });
}
