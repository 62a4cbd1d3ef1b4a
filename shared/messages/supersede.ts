import type { Write } from '../platform/transaction.ts';
import type { Bridge } from './bridge.ts';
import { stateWrites } from './change.ts';
import { readMessage } from './dispatch.ts';
import type { LineEntry, MessageRecord, MessageState } from './record.ts';

const unfinished: ReadonlySet<MessageState> = new Set(['open', 'applied', 'working', 'held']);

/** Whether a message in this state can be made moot. */
export const isUnfinished = (state: MessageState): boolean => unfinished.has(state);

/**
 * The writes that make messages moot whose effect or work is not finished; none for the others. Refused when a return has
 * begun since its line was read.
 */
export async function supersedeWrites(
  bridge: Bridge,
  entries: readonly LineEntry[],
  further: { [Key in 'raw' | 'rawKey']?: undefined } = {},
): Promise<Write[]> {
  const candidates = entries.filter(({ state }) => isUnfinished(state));
  const records = await Promise.all(candidates.map((entry) => readMessage(bridge, entry.messageId)));
  return records
    .filter((record): record is MessageRecord => record !== undefined && isUnfinished(record.state))
    .flatMap((record) => {
      // The lease stays: until it ends, somebody may be telling the portal what is moot by now.
      const changes = { settledAt: bridge.clock.now(), ...further };
      return stateWrites(bridge, record, 'superseded', changes, { ifPassable: record.type === 'ReturnDataFile' });
    });
}
