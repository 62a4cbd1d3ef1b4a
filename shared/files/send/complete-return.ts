import { historyWrites } from '../../history/history.ts';
import { readMessage } from '../../messages/read.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { fileSubject } from '../../messages/subject.ts';
import { returnKey } from '../../messages/transfers-line.ts';
import { transitionWrites } from '../../messages/transition.ts';
import { updateExpression } from '../../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted } from '../../platform/transaction.ts';
import { readFiles } from '../rows.ts';
import type { Return } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';

/**
 * Records that the portal has received the returned file.
 *
 * @returns the completed message; undefined if the transfer no longer belongs to it
 */
export async function completeReturn(
  context: TransferContext,
  { messageId, fileId, attempt }: Return,
): Promise<MessageRecord | undefined> {
  return untilCommitted(`Return ${messageId}`, async () => {
    const [record, files] = await Promise.all([readMessage(context, messageId), readFiles(context, [fileId])]);
    const file = files.get(fileId);
    if (record?.state !== 'working' || record.transfers !== attempt || !file) return undefined;
    const now = context.clock.now();
    const sequence = file.version + 1;
    const { projectNo, size } = file;
    const settled = { settledAt: now, leaseUntil: undefined };
    const outcome = await transact(context.db, context.clock, [
      ...transitionWrites(context, record, 'done', settled),
      { Delete: { TableName: context.tables.lines, Key: returnKey(record) } },
      {
        Update: {
          TableName: context.tables.files,
          Key: { fileId },
          ConditionExpression: 'version = :read',
          ...updateExpression({ version: sequence }, { ':read': file.version }),
        },
      },
      ...historyWrites(
        context.tables,
        [{ subject: fileSubject(fileId), sequence, event: 'returned', projectNo, details: { size } }],
        { messageId, at: now },
      ),
    ]);
    if (outcome === 'refused') return tryAgain;
    return { ...record, state: 'done', version: record.version + 1 };
  });
}
