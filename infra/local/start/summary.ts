import type { MessageState } from '../../../shared/messages/record.ts';
import { bytes } from '../../../shared/platform/units.ts';
import { printable, shortId, table } from '../../terminal/render.ts';
import type { OpenedTables, Rows } from './tables.ts';

/** Work that a gateway has done. */
export interface Summary {
  /** By type, then by state: how many messages. */
  messages: Map<string, Map<MessageState, number>>;
  files: { stored: number; bytes: number; busyMilliseconds: number; returned: number; sent: number; deleted: number };
  incidents: Rows['incidents'][];
}

/**
 * Sums up what the tables say.
 * @param since milliseconds since 1970: files are counted from then on; messages and incidents are all that there are
 */
export async function summarize(tables: Pick<OpenedTables, 'rows'>, since: number): Promise<Summary> {
  const messages: Summary['messages'] = new Map();
  for await (const { type, state } of tables.rows('messages')) {
    const states = messages.get(type) ?? new Map<MessageState, number>();
    messages.set(type, states.set(state, (states.get(state) ?? 0) + 1));
  }
  return {
    messages,
    files: await sumUpFiles(tables.rows('history'), since),
    incidents: await Array.fromAsync(tables.rows('incidents')),
  };
}

async function sumUpFiles(history: AsyncIterable<Rows['history']>, since: number): Promise<Summary['files']> {
  const files = { stored: 0, bytes: 0, returned: 0, sent: 0, deleted: 0 };
  const registered = new Map<string, number>();
  const copies: [number, number][] = [];
  for await (const { subject, event, at, details } of history) {
    if (!subject.startsWith('file#') || at < since) continue;
    if (event === 'registered') registered.set(subject, at);
    if (event === 'returned') files.returned += 1;
    if (event === 'sent') files.sent += 1;
    if (event === 'deleted') files.deleted += 1;
    if (event !== 'stored') continue;
    files.stored += 1;
    files.bytes += Number(details?.size ?? 0);
    copies.push([registered.get(subject) ?? since, at]);
  }
  return { ...files, busyMilliseconds: covered(copies) };
}

/** The length of what intervals cover together. */
export function covered(intervals: readonly (readonly [number, number])[]): number {
  let length = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [from, to] of intervals.toSorted(([a], [b]) => a - b)) {
    length += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return length;
}

const order: readonly MessageState[] = [
  'open',
  'applying',
  'applied',
  'working',
  'done',
  'marked',
  'held',
  'superseded',
  'dismissed',
];

/** The summary as lines of text. */
export function summaryLines({ messages, files, incidents }: Summary): string[] {
  const states = order.filter((state) => [...messages.values()].some((counts) => counts.has(state)));
  const types = [...messages].sort(([a], [b]) => (a < b ? -1 : 1));
  const head = ['Messages', ...states];
  const rows = types.map(([type, counts]) => [
    `  ${printable(type).slice(0, 30)}`,
    ...states.map((state) => String(counts.get(state) ?? '')),
  ]);
  const speed = files.busyMilliseconds > 0 ? files.bytes / 1e6 / (files.busyMilliseconds / 1_000) : 0;
  const stored = `${files.stored} stored, ${bytes(files.bytes)} in ${(files.busyMilliseconds / 1_000).toFixed(1)} s`;
  return [
    ...(rows.length > 0 ? table([head, ...rows]) : ['Messages  none']),
    '',
    `Files  ${stored} (${speed.toFixed(1)} MB/s); ${files.returned} returned, ${files.sent} sent, ${files.deleted} deleted`,
    '',
    `Incidents  ${incidents.length}`,
    ...incidents.map(
      ({ kind, messageId, expected, found, count, state }) =>
        `  ${kind}${messageId ? ` ${shortId(messageId)}` : ''}: expected ${printable(expected)}, found ${printable(found)}` +
        ` (${state}${count > 1 ? `, ${count} times` : ''})`,
    ),
  ];
}
