import { InvalidInputError } from '../../shared/platform/errors.ts';
import { printable } from '../terminal/render.ts';
import type { Operation } from './command.ts';
import { jsonLine } from './explain/safe-json.ts';

/** Options of every command that lists things, page after page. */
export const listing = {
  limit: { flags: '--limit <COUNT>', summary: 'print at most COUNT; 100 unless given' },
  after: { flags: '--after <ID>', summary: 'begin behind this one, to page on' },
} as const;

const usualLimit = 100;
const maxAtOnce = 10_000;

/** The value of `--limit`. @throws InvalidInputError unless it is a number of its range */
export function readLimit(text: string | undefined): number {
  const limit = Number(text ?? usualLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxAtOnce) {
    throw new InvalidInputError(`--limit: must be a whole number from 1 to ${maxAtOnce}`);
  }
  return limit;
}

/** Appearance of a kind of things in a list. */
export interface Show<Item> {
  head: readonly string[];
  row(item: Item): readonly string[];
  /** Everything known about an item, for programs; never a secret. */
  describe(item: Item): object;
  /** Value for `--after`. */
  id(item: Item): string;
  one: string;
  many: string;
}

/**
 * Prints a page of a list: a table for people, a line of JSON for each item for programs.
 *
 * @param filters options by which the list was narrowed, named when it is empty
 */
export async function printPage<Item>(
  { screen, json }: Pick<Operation, 'screen' | 'json'>,
  limit: string | undefined,
  items: AsyncIterable<Item>,
  show: Show<Item>,
  filters: Record<string, string | undefined> = {},
): Promise<0> {
  const most = readLimit(limit);
  const page: Item[] = [];
  let more = false;
  for await (const item of items) {
    more = page.length === most;
    if (more) break;
    page.push(item);
  }
  if (json) {
    for (const item of page) screen.print(jsonLine(show.describe(item)));
    return 0;
  }
  if (page.length === 0) {
    screen.print(`No ${show.many}${filterText(filters)}.`);
    return 0;
  }
  const [head = '', ...rows] = columns([show.head, ...page.map(show.row)]);
  screen.print(screen.style('bold', head));
  for (const line of rows) screen.print(line);
  const last = page.at(-1);
  const goOn = more && last !== undefined ? `; there are more: --after ${printable(show.id(last))}` : '';
  screen.print(`${page.length} ${page.length === 1 ? show.one : show.many}${goOn}`);
  return 0;
}

/** @throws InvalidInputError if one thing is asked for and a list is narrowed at once */
export function refuseFilters(argument: string, filters: Record<string, unknown>): void {
  const given = Object.keys(filters).find((name) => filters[name] !== undefined && filters[name] !== false);
  if (given !== undefined) throw new InvalidInputError(`Give either a ${argument}, or --${given} for a list`);
}

/** The options by which a list was narrowed, in a phrase. */
export function filterText(filters: Record<string, string | undefined>): string {
  const given = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${printable(value)}`],
  );
  return given.length > 0 ? ` with ${given.join(' ')}` : '';
}

/** Rows under one another, without control characters. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const safe = rows.map((row) => row.map(printable));
  const widths = safe.reduce<number[]>(
    (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
    [],
  );
  return safe.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A time to the second, in UTC. */
export const dateTime = (at: number | undefined): string =>
  at === undefined
    ? ''
    : new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z');
