import type { OperatorContext } from '../../decisions/context.ts';
import type { LineEntry } from '../../messages/record.ts';
import { unmarkedEntries } from './unmarked.ts';

/** How long further pages of a list may use what its first page has read, in milliseconds. */
const memory = 10_000;

/**
 * Reads the places of all messages that are not marked yet. The pages of a list share one reading where one process answers
 * them: thousands of places need not be read again for each.
 *
 * @returns reads anew for a first page
 */
export function rememberEntries(
  reading: Pick<OperatorContext, 'db' | 'clock' | 'tables'>,
): (isFirstPage: boolean) => Promise<readonly LineEntry[]> {
  let last: { entries: readonly LineEntry[]; at: number } | undefined;
  return async (isFirstPage) => {
    const now = reading.clock.now();
    if (isFirstPage || !last || now - last.at > memory) {
      last = { entries: await Array.fromAsync(unmarkedEntries(reading)), at: now };
    }
    return last.entries;
  };
}
