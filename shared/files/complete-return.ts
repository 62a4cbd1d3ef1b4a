import { stateWrites } from '../messages/change.ts';
import { dispatchLine, readMessage } from '../messages/dispatch.ts';
import { fileSubject } from '../messages/lines.ts';
import { markSettled } from '../messages/mark.ts';
import { historyWrite } from '../operations/history.ts';
import { changing } from '../platform/dynamodb.ts';
import { TransientError } from '../platform/errors.ts';
import { transact } from '../platform/transaction.ts';
import { readFiles } from './file.ts';
import type { Transfers } from './start.ts';
import { type Return, transferKey } from './transfer.ts';

const tries = 20;

/** Records that the portal has the file back, marks the message, and lets go on what waited for it. */
export async function completeReturn(
  { bridge, tables }: Transfers,
  { messageId, fileId, attempt }: Return,
): Promise<void> {
  for (let tried = 0; tried < tries; tried++) {
    const [record, files] = await Promise.all([
      readMessage(bridge, messageId),
      readFiles(bridge, tables.files, [fileId]),
    ]);
    const file = files.get(fileId);
    if (record?.state !== 'working' || record.attempts !== attempt || !file) return;
    const now = bridge.clock.now();
    const sequence = file.version + 1;
    const { projectNo } = file;
    const settled = { settledAt: now, leaseUntil: undefined };
    const outcome = await transact(bridge.db, bridge.clock, [
      ...stateWrites(bridge, record, 'done', settled),
      { Delete: { TableName: bridge.tables.lines, Key: transferKey(record.position) } },
      {
        Update: {
          TableName: tables.files,
          Key: { fileId },
          ConditionExpression: 'version = :read',
          ...changing({ version: sequence }, { ':read': file.version }),
        },
      },
      historyWrite(
        bridge.tables.history,
        { subject: fileSubject(fileId), sequence, event: 'returned', projectNo },
        { messageId, at: now },
      ),
    ]);
    if (outcome === 'refused') continue;
    const done = { ...record, state: 'done', version: record.version + 1 } as const;
    await Promise.all([markSettled(bridge, done), dispatchLine(bridge, record.line)]);
    return;
  }
  throw new TransientError(`Return ${messageId}: others kept changing it or its file`);
}
