import { answerBytes, maxPageBytes } from '../../api/answer-size.ts';

const defaultLimit = 1_000;

/**
 * A page of a list: as many as were asked for, and not more than an answer holds.
 *
 * @param cursorOf the place behind which the next page begins
 */
export async function pageOf<Item, View>(
  items: AsyncGenerator<Item>,
  {
    limit = defaultLimit,
    view,
    cursorOf,
  }: { limit?: number | undefined; view(item: Item): View | Promise<View>; cursorOf(item: Item): string },
): Promise<{ views: View[]; next?: string }> {
  const views: View[] = [];
  let bytes = 0;
  let last: Item | undefined;
  for await (const item of items) {
    if (last !== undefined && views.length >= limit) return { views, next: cursorOf(last) };
    const shown = await view(item);
    bytes += answerBytes(shown);
    if (last !== undefined && bytes > maxPageBytes) return { views, next: cursorOf(last) };
    views.push(shown);
    last = item;
  }
  return { views };
}
