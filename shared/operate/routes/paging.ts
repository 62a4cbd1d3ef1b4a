import * as z from 'zod';
import { answerBytes, maxPageBytes } from '../../api/answer-size.ts';
import { refusals } from '../../api/refusals.ts';

/** Entries of a page. */
const mostEntries = 1_000;
const usual = 100;

/** Fields of the query of a list. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostEntries)
    .default(usual)
    .meta({ examples: ['100'] }),
  after: z
    .string()
    .min(1)
    .optional()
    .describe('`next` of the page before')
    .meta({ examples: [''] }),
};

export const next = z.string().optional().describe('`after` of the next page; absent on the last one');

/** Items that a page looks at, at most, so that a filter that lets few through does not make a request long. */
const mostLooked = 5_000;

/**
 * Takes a page of a list: not more than an answer holds.
 *
 * @param items in the order of the list
 * @param matches whether an item is on the page; a page may be short, or empty, and yet have a next one
 * @param cursorOf cursor of an item
 */
export async function pageOf<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  limit: number,
  cursorOf: (item: Item) => string,
  matches: (item: Item) => boolean = () => true,
): Promise<{ page: Item[]; next?: string }> {
  const page: Item[] = [];
  let last: Item | undefined;
  let looked = 0;
  let bytes = 0;
  for await (const item of items) {
    if (last !== undefined && (page.length === limit || looked === mostLooked)) return { page, next: cursorOf(last) };
    if (matches(item)) {
      bytes += answerBytes(item);
      if (last !== undefined && bytes > maxPageBytes) return { page, next: cursorOf(last) };
      page.push(item);
    }
    last = item;
    looked += 1;
  }
  return { page };
}

/** @throws Refusal when a cursor is none of the list's */
export function cursor<Cursor>(
  after: string | undefined,
  read: (text: string) => Cursor | undefined,
): Cursor | undefined {
  if (after === undefined) return undefined;
  const found = read(after);
  if (found === undefined) throw refusals.badRequest('after: must be `next` of the page before');
  return found;
}
