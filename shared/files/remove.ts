import { type Cause, type HistoryEvent, historyWrites } from '../history/history.ts';
import type { MessageContext } from '../messages/context.ts';
import { readMessage } from '../messages/read.ts';
import { fileSubject } from '../messages/subject.ts';
import { transferKey } from '../messages/transfers-line.ts';
import { updateExpression } from '../platform/dynamodb.ts';
import { updateItem, type Write } from '../platform/transaction.ts';
import { fewerFilesLeft } from './copy/complete-delivery.ts';
import { type FileRow, fileMemberKey } from './file.ts';
import type { ResultRow } from './result.ts';
import { claimValues, isClaimed, isResult } from './rows.ts';

/**
 * The write that begins a file's deletion: from then on transfers can neither renew their lease nor start. After the lease has
 * ended or been released nothing writes to the file's key any more.
 *
 * @param deletedBy the message that then continues the deletion
 */
export function deletingWrite({ tables }: Pick<MessageContext, 'tables'>, row: FileRow | ResultRow, deletedBy: string) {
  return {
    Update: {
      TableName: tables.files,
      Key: { fileId: row.fileId },
      // `attempt`: a transfer that has claimed the file since it was read has a lease unknown here. `state`: only one message
      // may continue the deletion.
      ConditionExpression: `version = :read AND ${isClaimed} AND #state <> :state`,
      // The version counts events of the history, and the beginning of a deletion is no event.
      ...updateExpression({ state: 'deleting', deletedBy }, { ':read': row.version, ...claimValues(row) }),
    },
  } satisfies Write;
}

/**
 * The writes that remove a file's rows after its object is deleted, and that let a delivery no longer wait for the file.
 *
 * @param messageId the message that deletes the file; undefined if researchers removed a result
 */
export async function removalWrites(
  context: MessageContext,
  row: FileRow | ResultRow,
  messageId?: string,
): Promise<Write[]> {
  const delivers = !isResult(row) && row.storedAt === undefined;
  const delivery = delivers ? await readMessage(context, row.messageId) : undefined;
  return [
    ...rowRemoval(context, row, { messageId, at: context.clock.now() }),
    ...(delivery ? fewerFilesLeft(context, delivery, 1) : []),
  ];
}

/** The writes that remove a file's rows, refused if the file has changed since it was read. */
export function rowRemoval(
  { tables }: Pick<MessageContext, 'tables'>,
  row: FileRow | ResultRow,
  cause: Cause,
  details?: Record<string, unknown>,
): Write[] {
  const { fileId, projectNo, version } = row;
  const event: HistoryEvent = { subject: fileSubject(fileId), sequence: version + 1, event: 'deleted', projectNo };
  return [
    {
      Delete: {
        TableName: tables.files,
        Key: { fileId },
        // A result that researchers removed is left to the message that has begun to delete it.
        ConditionExpression: `version = :read${cause.messageId === undefined ? ' AND attribute_not_exists(deletedBy)' : ''}`,
        ExpressionAttributeValues: { ':read': version },
      },
    },
    { Delete: { TableName: tables.members, Key: fileMemberKey(row) } },
    { Delete: { TableName: tables.lines, Key: transferKey(row.position) } },
    ...historyWrites(tables, [details ? { ...event, details } : event], cause),
  ];
}

/** Refuses a transaction if a file's lease has changed since it was read. */
export const fileLeaseCheck = (
  { tables }: Pick<MessageContext, 'tables'>,
  { fileId, leaseUntil }: FileRow | ResultRow,
): Write => ({
  ConditionCheck: {
    TableName: tables.files,
    Key: { fileId },
    ...(leaseUntil === undefined
      ? { ConditionExpression: 'attribute_not_exists(leaseUntil)' }
      : { ConditionExpression: 'leaseUntil = :read', ExpressionAttributeValues: { ':read': leaseUntil } }),
  },
});

/** Begins a file's deletion. Idempotent. @returns whether the file is `deleting` now */
export async function beginDeleting(
  context: MessageContext,
  row: FileRow | ResultRow,
  deletedBy: string,
): Promise<boolean> {
  if (row.state === 'deleting') return true;
  return (await updateItem(context.db, deletingWrite(context, row, deletedBy).Update)) === 'committed';
}
