import { type HistoryEvent, historyWrites } from '../../history/history.ts';
import { goOnAnew, isOver, type MessageHandler, type MessagePlan } from '../../messages/handle/handler.ts';
import { leaseCheck } from '../../messages/handle/lease.ts';
import { fileSubject } from '../../messages/subject.ts';
import { type TransferEntry, transferKey } from '../../messages/transfers-line.ts';
import { coalesced } from '../../platform/concurrency.ts';
import { TransientError } from '../../platform/errors.ts';
import { pagesOf } from '../../platform/pages.ts';
import { transact, type Write } from '../../platform/transaction.ts';
import { omitUndefined } from '../../portal/json.ts';
import { type DeliveredFile, parseMd5 } from '../../portal/message-schema.ts';
import { type FileRow, fileMemberKey } from '../file.ts';
import { objectKeyOf } from '../object-key.ts';
import { startTransfers } from '../transfer/start.ts';
import type { TransferContext } from '../transfer-context.ts';
import {
  type DeliveryHandling,
  type FileToRegister,
  filesToRegister,
  type NewFile,
  positionsOfFiles,
  type Sorted,
} from './files-to-register.ts';

/** Files registered in one transaction. Each takes four of the 100 actions, the message two, publishing one. */
export const filesAtOnce = 24;

/** DataDeliveryReady: registers the files with the project and starts their transfers. */
export function dataDeliveryReady(transfers: TransferContext): MessageHandler<'DataDeliveryReady'> {
  return {
    type: 'DataDeliveryReady',

    async plan(handling): Promise<MessagePlan> {
      const sorted = await filesToRegister(handling);
      if ('kind' in sorted) return sorted;
      const { toRegister, filesLeft } = sorted;
      if (toRegister.length > filesAtOnce) return commit('applying', { filesLeft });
      return { ...underWay(sorted), ...registration(handling, toRegister) };
    },

    async continueApplying(handling): Promise<MessagePlan> {
      const sorted = await filesToRegister(handling);
      if ('kind' in sorted) return sorted;
      // Sequential, because all batches check the same lease and concurrent transactions would conflict.
      for (const batch of pagesOf(sorted.toRegister, filesAtOnce)) {
        if (isOver(handling.context, handling.deadline)) return goOnAnew(handling.context);
        await register(handling, batch);
      }
      return underWay(sorted);
    },

    start: coalesced(() => startTransfers(transfers)),
  };
}

/** A delivery with a failed file is held until a person decides on the file. */
function underWay({ filesLeft, failed }: Sorted): Commit {
  if (filesLeft === 0) return commit('done', { filesLeft });
  if (failed) return commit('held', { filesLeft, heldFrom: 'working', lastError: failed.lastError });
  return commit('working', { filesLeft });
}

type Commit = MessagePlan & { kind: 'commit' };

const commit = (state: Commit['state'], message: NonNullable<Commit['message']>): Commit => ({
  kind: 'commit',
  state,
  writes: [],
  history: [],
  message,
});

async function register(handling: DeliveryHandling, files: readonly FileToRegister[]): Promise<void> {
  const { context, record } = handling;
  const { writes, history } = registration(handling, files);
  const cause = { messageId: record.messageId, at: context.clock.now() };
  const events = historyWrites(context.tables, history, cause);
  if ((await transact(context.db, context.clock, [leaseCheck(context, record), ...writes, ...events])) === 'refused') {
    throw new TransientError(
      `Delivery ${record.messageId}: another handler registered a file or took the message meanwhile`,
    );
  }
}

function registration(handling: DeliveryHandling, files: readonly FileToRegister[]) {
  const { context } = handling;
  const rows = files.flatMap((each) => (each.sequence === undefined ? [] : [rowOf(handling, each)]));
  const awaited = files.flatMap(({ file, sequence }) => (sequence === undefined ? [awaitedEntry(handling, file)] : []));
  return {
    writes: [
      ...awaited.map((Item): Write => ({ Put: { TableName: context.tables.lines, Item } })),
      ...rows.flatMap((row): Write[] => [
        { Put: { TableName: context.tables.files, Item: row, ConditionExpression: 'attribute_not_exists(fileId)' } },
        { Put: { TableName: context.tables.members, Item: fileMemberKey(row) } },
        { Put: { TableName: context.tables.lines, Item: entryOf(row) } },
      ]),
    ],
    history: rows.map(
      ({ fileId, projectNo, version: sequence }): HistoryEvent => ({
        subject: fileSubject(fileId),
        sequence,
        event: 'registered',
        projectNo,
      }),
    ),
  };
}

function rowOf({ context, record, data }: DeliveryHandling, { file, sequence }: NewFile): FileRow {
  const { fileId, portalId, fileSize } = file;
  const { projectNo, dataDeliveryId } = data;
  const now = context.clock.now();
  return {
    fileId,
    ...omitUndefined({ portalId }),
    projectNo,
    messageId: record.messageId,
    ...(dataDeliveryId === undefined ? {} : { dataDeliveryId }),
    objectKey: objectKeyOf(projectNo, fileId),
    // A negative size is one above 2 GB in 32 bits: it is recorded as announced, but not used as the size.
    ...omitUndefined(fileSize !== undefined && fileSize < 0 ? { announcedSize: fileSize } : { size: fileSize }),
    checksum: parseMd5(file.fileChecksum) as string,
    state: 'pending',
    attempt: 0,
    checksumFailures: 0,
    dueAt: now,
    bytesDone: 0,
    position: positionOfFile({ record, data }, file),
    createdAt: now,
    version: sequence,
  };
}

const positionOfFile = ({ record, data }: Pick<DeliveryHandling, 'record' | 'data'>, file: DeliveredFile) =>
  `${positionsOfFiles(record)}${String(data.files.indexOf(file)).padStart(6, '0')}`;

const awaitedEntry = (handling: DeliveryHandling, file: DeliveredFile): TransferEntry => ({
  ...transferKey(positionOfFile(handling, file)),
  kind: 'delivery',
  fileId: file.fileId,
  messageId: handling.record.messageId,
  awaits: parseMd5(file.fileChecksum) as string,
});

const entryOf = ({ fileId, messageId, position }: FileRow): TransferEntry => ({
  ...transferKey(position),
  kind: 'delivery',
  fileId,
  messageId,
});
