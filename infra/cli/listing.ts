import { InvalidInputError } from '../../shared/platform/errors.ts';
import { printable } from '../terminal/render.ts';
import type { Screen } from '../terminal/screen.ts';
import { jsonLine } from './explain/safe-json.ts';

/** The options of every command that lists things, page after page. */
export const listing = {
  limit: { type: 'string', value: 'COUNT', summary: 'at most so many; 100 unless told' },
  after: { type: 'string', value: 'ID', summary: 'only what comes after this one, to page on' },
  json: { type: 'boolean', summary: 'a line of JSON for each' },
} as const;

const usualLimit = 100;
const maxAtOnce = 10_000;

/** The value of `--limit`. @throws InvalidInputError when it is none */
export function readLimit(text: string | undefined): number {
  const limit = Number(text ?? usualLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxAtOnce) {
    throw new InvalidInputError(`--limit: must be a whole number from 1 to ${maxAtOnce}`);
  }
  return limit;
}

/** The value of an option that must be one of some words. @throws InvalidInputError when it is another */
export function readWord<Word extends string>(name: string, text: string | undefined, words: readonly Word[]) {
  const word = words.find((each) => each === text);
  if (text !== undefined && word === undefined) {
    throw new InvalidInputError(`--${name}: must be one of ${words.join(', ')}`);
  }
  return word;
}

/** How things of a kind are shown. */
export interface Show<Item> {
  head: readonly string[];
  row(item: Item): readonly string[];
  /** For programs: what is known of it, never a secret. */
  describe(item: Item): object;
  /** What `--after` takes. */
  id(item: Item): string;
  one: string;
  many: string;
}

/**
 * Prints a page of what is listed.
 *
 * @param filters options that what is listed was chosen by, to be named when there is nothing
 */
export async function printPage<Item>(
  screen: Screen,
  { json = false, limit }: { json?: boolean | undefined; limit?: string | undefined },
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
  for (const line of columns([show.head, ...page.map(show.row)])) screen.print(line);
  const last = page.at(-1);
  const goOn = more && last !== undefined ? `; there are more: --after ${printable(show.id(last))}` : '';
  screen.print(`${page.length} ${page.length === 1 ? show.one : show.many}${goOn}`);
  return 0;
}

/** @throws InvalidInputError when one thing is asked for, and a list narrowed at once */
export function refuseFilters(argument: string, filters: Record<string, unknown>): void {
  const given = Object.keys(filters).find((name) => filters[name] !== undefined && filters[name] !== false);
  if (given !== undefined) throw new InvalidInputError(`Give either a ${argument}, or --${given} for a list`);
}

/** Names the options that a list was narrowed by. */
export function filterText(filters: Record<string, string | undefined>): string {
  const given = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${printable(value)}`],
  );
  return given.length > 0 ? ` with ${given.join(' ')}` : '';
}

/** Rows under one another; nothing in them can do anything to a terminal. */
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

/** A time as people and programs read it, to the second, in UTC. */
export const dateTime = (at: number | undefined): string =>
  at === undefined
    ? ''
    : new Date(at)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, 'Z');
