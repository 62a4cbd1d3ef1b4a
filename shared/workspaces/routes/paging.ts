import * as z from 'zod';

/** Entries of a page. */
const mostEntries = 1_000;

/** Paging of a list, which the documented API does not have: without it a list has the newest 1,000 entries. */
export const paging = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostEntries)
    .default(mostEntries)
    .meta({ examples: ['100'] }),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .max(10 ** 12 - 1)
    .optional()
    .describe('`next` of the page before')
    .meta({ examples: ['100'] }),
};

/** Rows that a query reads at once for a page: one more shows whether there is a next one. Filters may leave out many. */
export const rowsFor = (limit: number): number => Math.max(limit + 1, 50);

export const next = z.int().optional().describe('`before` of the next page; absent on the last one');

/**
 * Takes a page of a list that is in the order of falling ids.
 *
 * @param idOf the id of an entry
 */
export async function pageOf<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  limit: number,
  matches: (row: Row) => boolean,
  idOf: (row: Row) => number,
): Promise<{ page: Row[]; next?: number }> {
  const page: Row[] = [];
  for await (const row of rows) {
    if (!matches(row)) continue;
    const last = page.at(-1);
    if (page.length === limit && last !== undefined) return { page, next: idOf(last) };
    page.push(row);
  }
  return { page };
}
