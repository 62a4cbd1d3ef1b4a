import type { HistoryRow } from '../history/history.ts';
import { type Database, getItem, updateExpression } from '../platform/dynamodb.ts';
import { tryAgain, untilCommitted, updateItem } from '../platform/transaction.ts';

// Numbers of the last day for charts: an item of the table `control` for each hour, which the same hour of the next day takes over.
// They are for people alone: a poll or a publication that dies is missing from them.

/** Milliseconds of an hour. Hours are counted from 1970 in UTC, so that no change of clocks makes one longer or shorter. */
const hourTime = 3_600_000;

/** Hours that are kept. */
export const keptHours = 24;

/** Counts of an hour, which add up. */
const sums = ['messages', 'files', 'bytes'] as const;
/** The most that a poll of the hour has found. */
const peaks = ['held', 'incidents', 'oldestAge'] as const;

/** Numbers that one run of a schedule adds to its hour. */
export interface HourSample {
  /** Messages that were marked and are done. */
  messages?: number;
  /** Files that were stored, returned or sent. */
  files?: number;
  /** Bytes of these files. */
  bytes?: number;
  /** Messages held for a person. */
  held?: number;
  /** Open incidents. */
  incidents?: number;
  /** Age in seconds of the oldest message that waits neither for a person nor for files. */
  oldestAge?: number;
}

export type HourNumbers = Required<HourSample>;

/** Numbers of an hour that has begun at `at`, in milliseconds since 1970. */
export interface Hour extends HourNumbers {
  at: number;
}

/** An hour as the table `control` keeps it. */
export interface HourRow extends HourNumbers {
  name: string;
  /** Hours since 1970. */
  hour: number;
  version: number;
}

export const isHourRow = (item: { name: string }): item is HourRow => item.name.startsWith('hour#');

const hourOf = (at: number) => Math.floor(at / hourTime);
const nameOf = (hour: number) => `hour#${hour % keptHours}`;

/**
 * The row of an hour with one more sample.
 *
 * @param row of the same name as it is, if there is one
 * @param hour since 1970
 * @returns nothing when a later day has taken the row over
 */
export function withSample(row: HourRow | undefined, hour: number, sample: HourSample): HourRow | undefined {
  if (row && row.hour > hour) return undefined;
  const before: Partial<HourNumbers> = row?.hour === hour ? row : {};
  const entries = [
    ...sums.map((name) => [name, (before[name] ?? 0) + (sample[name] ?? 0)]),
    ...peaks.map((name) => [name, Math.max(before[name] ?? 0, sample[name] ?? 0)]),
  ];
  const numbers: HourNumbers = Object.fromEntries(entries);
  return { name: nameOf(hour), hour, version: (row?.version ?? 0) + 1, ...numbers };
}

/**
 * The hours of the last day that have numbers, the oldest first; the last one is not over.
 *
 * @param now milliseconds since 1970
 */
export function lastDay(rows: readonly HourRow[], now: number): Hour[] {
  const current = hourOf(now);
  return rows
    .filter(({ hour }) => hour > current - keptHours && hour <= current)
    .toSorted((one, other) => one.hour - other.hour)
    .map(({ hour, messages, files, bytes, held, incidents, oldestAge }) => ({
      ...{ at: hour * hourTime, messages, files, bytes, held, incidents, oldestAge },
    }));
}

/**
 * Adds a sample to the hour of a time.
 *
 * @param table `control`
 * @param at milliseconds since 1970
 */
export async function recordHour(db: Database, table: string, at: number, sample: HourSample): Promise<void> {
  const hour = hourOf(at);
  const name = nameOf(hour);
  await untilCommitted(`Numbers of the hour ${hour}`, async () => {
    const row = await getItem<HourRow>(db, table, { name });
    const next = withSample(row, hour, sample);
    if (!next) return;
    const { name: _key, ...numbers } = next;
    const update = updateExpression(numbers, row && { ':read': row.version });
    const outcome = await updateItem(db, {
      TableName: table,
      Key: { name },
      ...update,
      ConditionExpression: row ? '#version = :read' : 'attribute_not_exists(#version)',
    });
    return outcome === 'committed' ? undefined : tryAgain;
  });
}

/** An event of a subject, as the history has it. */
type Happened = Pick<HistoryRow, 'subject' | 'event' | 'at' | 'details'>;

/** Adds files that were moved to the hours of their events. @param table `control` */
export async function recordMovedFiles(db: Database, table: string, events: readonly Happened[]): Promise<void> {
  for (const [at, sample] of movedFiles(events)) await recordHour(db, table, at, sample);
}

function movedFiles(events: readonly Happened[]): Map<number, HourSample> {
  const samples = new Map<number, HourSample>();
  for (const { subject, event, at, details } of events) {
    if (!subject.startsWith('file#') || !['stored', 'returned', 'sent'].includes(event)) continue;
    const start = hourOf(at) * hourTime;
    const { files = 0, bytes = 0 } = samples.get(start) ?? {};
    const size = typeof details?.size === 'number' ? details.size : 0;
    samples.set(start, { files: files + 1, bytes: bytes + size });
  }
  return samples;
}
