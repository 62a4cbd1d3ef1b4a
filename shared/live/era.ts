import { getItem } from '../platform/dynamodb.ts';
import type { LiveContext } from './context.ts';

/** Key of the row of `control` that says whether anybody is connected. */
export const watchKey = { name: 'live-watch' };

/** Number of times without any client, during which events were added to no log. */
export async function readEra({ db, tables }: Pick<LiveContext, 'db' | 'tables'>): Promise<number> {
  return (await getItem<{ era?: number }>(db, tables.control, watchKey))?.era ?? 0;
}
