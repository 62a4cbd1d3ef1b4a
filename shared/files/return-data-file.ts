import type { Effect, Plan } from '../messages/effect.ts';
import { coalesced } from '../platform/concurrency.ts';
import { stateCheck } from '../platform/transaction.ts';
import { readFiles } from './file.ts';
import { startTransfers } from './start.ts';
import { returnKey, type TransferEntry } from './transfer.ts';
import type { Transfers } from './transfers.ts';

/** ReturnDataFile: the file goes back to the portal, as soon as it is stored. */
export function returnDataFile(transfers: Transfers): Effect<'ReturnDataFile'> {
  return {
    type: 'ReturnDataFile',

    async plan({ bridge, data: { fileId }, record }): Promise<Plan> {
      const file = (await readFiles(bridge, transfers.tables.files, [fileId])).get(fileId);
      if (!file || file.state === 'deleting') {
        return { kind: 'mismatch', held: true, expected: `file ${fileId}`, found: 'it does not exist' };
      }
      const { messageId } = record;
      const entry: TransferEntry = { ...returnKey(record), kind: 'return', fileId, messageId };
      const isStored = file.state === 'stored';
      return {
        kind: 'commit',
        state: 'working',
        writes: [
          { Put: { TableName: bridge.tables.lines, Item: entry } },
          // A deletion that passes it while it is stuck must not have begun when it has to wait for it.
          ...(isStored ? [stateCheck(transfers.tables.files, { fileId }, 'stored')] : []),
        ],
        history: [],
        yields: !isStored,
      };
    },

    start: coalesced(() => startTransfers(transfers)),
  };
}
