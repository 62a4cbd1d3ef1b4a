import type { MessageContext } from '../../messages/context.ts';
import type { MessageHandler, MessagePlan } from '../../messages/handle/handler.ts';
import { readMessage } from '../../messages/read.ts';
import { fileSubject } from '../../messages/subject.ts';
import { returnKey, type TransferEntry } from '../../messages/transfers-line.ts';
import { coalesced } from '../../platform/concurrency.ts';
import { stateCheck, type Write } from '../../platform/transaction.ts';
import type { FileRow } from '../file.ts';
import { readFiles } from '../rows.ts';
import { startTransfers } from '../transfer/start.ts';
import type { TransferContext } from '../transfer-context.ts';

/** ReturnDataFile: sends the file back to the portal as soon as it is stored. */
export function returnDataFile(transfers: TransferContext): MessageHandler<'ReturnDataFile'> {
  return {
    type: 'ReturnDataFile',

    async plan({ context, data: { fileId }, record }): Promise<MessagePlan> {
      const file = (await readFiles(context, [fileId])).get(fileId);
      if (!file || file.state === 'deleting') {
        const lacks = file ? undefined : fileSubject(fileId);
        return { kind: 'mismatch', held: true, expected: `file ${fileId}`, found: 'it does not exist', lacks };
      }
      const { messageId } = record;
      const entry: TransferEntry = { ...returnKey(record), kind: 'return', fileId, messageId };
      return {
        kind: 'commit',
        state: 'working',
        writes: [
          { Put: { TableName: context.tables.lines, Item: entry } },
          // From now on a deletion waits for the return, so no deletion may have begun and the file must not have failed
          // meanwhile.
          file.state === 'stored'
            ? stateCheck(context.tables.files, { fileId }, 'stored')
            : waitingWrite(context.tables.files, file, messageId),
        ],
        history: [],
        yields: !(await isToCome(context, file)),
      };
    },

    start: coalesced(() => startTransfers(transfers)),
  };
}

/** Registers the return with the file, so that giving up the file also ends the return. */
function waitingWrite(table: string, { fileId, state, returns }: FileRow, messageId: string): Write {
  return {
    Update: {
      TableName: table,
      Key: { fileId },
      UpdateExpression: 'SET #returns = :returns',
      ConditionExpression: `#state = :state AND ${returns ? '#returns = :read' : 'attribute_not_exists(#returns)'}`,
      ExpressionAttributeNames: { '#state': 'state', '#returns': 'returns' },
      ExpressionAttributeValues: {
        ':state': state,
        ':returns': [...(returns ?? []), messageId],
        ...(returns && { ':read': returns }),
      },
    },
  };
}

/** Whether a file is stored or will be without an operator's help. A held delivery continues with its other files. */
async function isToCome(context: MessageContext, { state, messageId }: FileRow): Promise<boolean> {
  if (state === 'stored') return true;
  if (state === 'failed') return false;
  const delivery = await readMessage(context, messageId);
  return delivery?.state === 'working' || delivery?.state === 'applying' || delivery?.state === 'held';
}
