import { type HistoryEvent, historyWrites } from '../../history/history.ts';
import type { MessageContext } from '../../messages/context.ts';
import { readMessage } from '../../messages/read.ts';
import { isSettled, type MessageRecord } from '../../messages/record.ts';
import { fileSubject } from '../../messages/subject.ts';
import { transferKey } from '../../messages/transfers-line.ts';
import { transitionWrites } from '../../messages/transition.ts';
import { updateExpression } from '../../platform/dynamodb.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../../platform/transaction.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { FileRow } from '../file.ts';
import { isClaimedBy, readFiles } from '../rows.ts';
import type { DeliveryFile } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { endCompletion } from './while-copying.ts';

/** Files settled in one transaction. Each takes three of the 100 actions, the message two, publishing one. */
export const settledAtOnce = 32;

/** A file that a transfer has put into the bucket, with its size in bytes. */
export type StoredFile = DeliveryFile & { size: number };

/**
 * Records files that a transfer has put into the bucket as stored, and the delivery as done if these were its last files.
 * Ignores files that no longer belong to the transfer.
 *
 * @param messageId the message that delivered them
 * @param files at most `settledAtOnce`
 * @param lost called with the files that no longer belong to the transfer
 * @param known the rows of the files, as read just before
 * @returns the message after the change, if it waits for no more files
 */
export async function settleStored(
  context: TransferContext,
  messageId: string,
  files: readonly StoredFile[],
  lost: (file: StoredFile) => void = () => {},
  known?: ReadonlyMap<string, FileRow>,
): Promise<MessageRecord | undefined> {
  const { tables } = context;
  const fileIds = files.map((file) => file.fileId);
  return untilCommitted(`Delivery ${messageId}`, async (attempt) => {
    const [record, rows] = await Promise.all([
      readMessage(context, messageId),
      attempt === 0 && known ? known : readFiles(context, fileIds),
    ]);
    const ours = files.flatMap((file) => {
      const row = ownRow(rows, file);
      return row ? [{ row, ...storedOf(file) }] : [];
    });
    for (const file of files) {
      const row = rows.get(file.fileId);
      if (row?.state === 'deleting' && row.completesUntil !== undefined)
        await endCompletion(context, tables.files, file);
    }
    const tellLost = () => files.filter((file) => !ownRow(rows, file)).forEach(lost);
    if (ours.length === 0) {
      tellLost();
      return record;
    }
    // The delivery has already counted files that are fetched once more.
    const awaited = record && awaitsFiles(record) ? ours.filter(({ row }) => row.storedAt === undefined).length : 0;
    const writes = [
      ...ours.flatMap(({ row, ...stored }) => storedWrites(context, row, stored)),
      ...historyWrites(
        context.tables,
        ours.map(({ row, size }) => storedEvent(row, size)),
        { messageId, at: context.clock.now() },
      ),
      ...(record && awaited > 0 ? fewerFilesLeft(context, record, awaited) : []),
    ];
    if ((await transact(context.db, context.clock, writes)) === 'committed') {
      for (const { row } of ours) context.log.info('stored', { messageId, fileId: row.fileId });
      tellLost();
      if (!record || awaited === 0) return record;
      const isLast = (record.filesLeft ?? 0) <= awaited;
      return isLast ? { ...record, state: 'done', version: record.version + 1 } : undefined;
    }
    return tryAgain;
  });
}

/** Attributes that a file's row loses when its transfer ends. */
export const transferOver = { bytesPerSecond: undefined, resume: undefined };

/** The row of a file, if it still belongs to this transfer. */
export function ownRow(rows: ReadonlyMap<string, FileRow>, { fileId, ...claim }: DeliveryFile): FileRow | undefined {
  const row = rows.get(fileId);
  return row?.state === 'copying' && isClaimedBy(row, claim) ? row : undefined;
}

/** Attributes recorded of the stored object. */
function storedOf({ size, outcome }: StoredFile) {
  return { size, crc32: outcome?.kind === 'copied' ? outcome.upload?.crc32 : undefined };
}

function storedWrites(context: TransferContext, row: FileRow, { size, crc32 }: ReturnType<typeof storedOf>): Write[] {
  const { fileId, attempt } = row;
  return [
    {
      Update: {
        TableName: context.tables.files,
        Key: { fileId },
        ConditionExpression: '#state = :copying AND attempt = :attempt AND version = :read',
        ...updateExpression(
          {
            state: 'stored',
            size,
            announcedSize: announcedSizeOf(row, size),
            crc32,
            bytesDone: size,
            storedAt: context.clock.now(),
            version: row.version + 1,
            ...transferOver,
            leaseUntil: undefined,
            completesUntil: undefined,
            lastError: undefined,
            returns: undefined,
          },
          { ':copying': 'copying', ':attempt': attempt, ':read': row.version },
        ),
      },
    },
    { Delete: { TableName: context.tables.lines, Key: transferKey(row.position) } },
  ];
}

function storedEvent(row: FileRow, size: number): HistoryEvent {
  const { fileId, projectNo, checksum, version } = row;
  const details = { checksum, size, ...omitUndefined({ announcedSize: announcedSizeOf(row, size) }) };
  return { subject: fileSubject(fileId), sequence: version + 1, event: 'stored', projectNo, details };
}

/** The portal announces sizes in 32 bits, so the MD5 decides; a different announced size is recorded. */
function announcedSizeOf(row: FileRow, size: number): number | undefined {
  const announced = row.announcedSize ?? row.size;
  return announced === size ? undefined : announced;
}

const awaitsFiles = ({ state }: MessageRecord) => !isSettled(state) && state !== 'marked';

/**
 * Decrements the number of files that a delivery waits for. With its last file, stored or deleted, the delivery is done. No
 * writes if the delivery waits for no files any more.
 */
export function fewerFilesLeft(context: MessageContext, record: MessageRecord, fewer: number): Write[] {
  if (!awaitsFiles(record)) return [];
  const filesLeft = (record.filesLeft ?? 0) - fewer;
  if (filesLeft > 0) return [countDown(context, record, fewer)];
  return transitionWrites(context, record, 'done', { filesLeft, settledAt: context.clock.now() });
}

/** Decrements without comparing the counter, so that transfers of one delivery that end at the same time do not conflict. */
function countDown({ tables }: MessageContext, { messageId, state }: MessageRecord, fewer: number): Write {
  return {
    Update: {
      TableName: tables.messages,
      Key: { messageId },
      UpdateExpression: 'ADD filesLeft :less, version :one',
      ConditionExpression: '#state = :state AND filesLeft > :fewer',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': state, ':fewer': fewer, ':less': -fewer, ':one': 1 },
    },
  };
}
