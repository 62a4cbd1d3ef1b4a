import type { MessageContext } from '../../messages/context.ts';
import { dispatchLine, dispatchNext } from '../../messages/dispatch.ts';
import { hold } from '../../messages/hold.ts';
import { readMessage } from '../../messages/read.ts';
import { isSettled } from '../../messages/record.ts';
import { type TransferEntry, transferKey } from '../../messages/transfers-line.ts';
import { transitionWrites } from '../../messages/transition.ts';
import { resumedWork } from '../../operations/resumed-work.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import { pagesOf } from '../../platform/pages.ts';
import { transact, type Write } from '../../platform/transaction.ts';
import { fewerFilesLeft, settledAtOnce } from '../copy/complete-delivery.ts';
import type { FileRow } from '../file.ts';
import type { TransferContext } from '../transfer-context.ts';
import type { AskingMessage, Awaited } from './plan.ts';

/**
 * Decides what to do about an awaited file: `count` it as stored, `forget` it because the delivery no longer waits, `begin` the
 * delivery anew because the file was removed, `hold` the delivery because the file failed, or go on waiting.
 */
export function awaitedStep({
  entry: { awaits },
  record,
  row,
}: Awaited): 'count' | 'forget' | 'begin' | 'hold' | 'wait' {
  if (!record || isSettled(record.state) || record.state === 'marked') return 'forget';
  if (record.state !== 'working' && record.state !== 'held') return 'wait';
  const isThere = row?.checksum === awaits;
  if (isThere && row?.state === 'stored') return 'count';
  if (isThere && row?.state !== 'failed') return 'wait';
  if (record.state === 'held') return 'wait';
  return isThere ? 'hold' : 'begin';
}

/** Continues the deliveries that wait for files of other deliveries. Idempotent. */
export async function settleAwaited(context: TransferContext, awaited: readonly Awaited[]): Promise<void> {
  const { count = [], forget = [], begin = [], hold: failed = [] } = Object.groupBy(awaited, awaitedStep);
  for (const [messageId = '', stored] of Map.groupBy(count, ({ entry }) => entry.messageId)) {
    for (const page of pagesOf(stored, settledAtOnce)) await countStored(context, messageId, page);
  }
  for (const { entry } of forget) await transact(context.db, context.clock, [removal(context, entry)]);
  for (const { record, entry } of begin) if (record) await beginAnew(context, record, entry);
  for (const { record, entry, row } of failed) if (record && row) await holdWith(context, record, entry, row);
}

/** Makes a delivery begin anew and register the missing file, which was deleted or given up with the delivery that fetched it. */
async function beginAnew(context: TransferContext, record: AskingMessage, entry: TransferEntry): Promise<void> {
  const { db, clock } = context;
  const open = transitionWrites(context, record, 'open', resumedWork(clock.now()));
  const outcome = await transact(db, clock, [...open, removal(context, entry)]);
  // Its line waits for the delivery from now on.
  if (outcome === 'committed') await dispatchLine(context, record.line);
}

/** Refused if the entry was already removed. */
const removal = (context: MessageContext, { position }: TransferEntry): Write => ({
  Delete: {
    TableName: context.tables.lines,
    Key: transferKey(position),
    ConditionExpression: 'attribute_exists(awaits)',
  },
});

const tries = 5;

/** Counts stored files. After repeated conflicts this is left to the next start of transfers. */
async function countStored(context: TransferContext, messageId: string, stored: readonly Awaited[]): Promise<void> {
  const { db, clock, tables, log } = context;
  const keys = stored.map(({ entry }) => transferKey(entry.position));
  for (let tried = 0; tried < tries; tried++) {
    const [record, entries] = await Promise.all([
      readMessage(context, messageId),
      batchGet<TransferEntry>(db, clock, tables.lines, keys),
    ]);
    if (!record || entries.length === 0) return;
    const writes = [
      ...entries.map((entry) => removal(context, entry)),
      ...fewerFilesLeft(context, record, entries.length),
    ];
    if ((await transact(db, clock, writes)) === 'refused') continue;
    for (const { fileId } of entries) log.info('stored by another delivery', { messageId, fileId });
    return;
  }
}

/** Holds the delivery. A retry begins the delivery anew. */
async function holdWith(
  context: TransferContext,
  record: AskingMessage,
  entry: TransferEntry,
  row: FileRow,
): Promise<void> {
  const { messageId } = record;
  const incident = {
    kind: 'attempts-used-up',
    subject: messageId,
    messageId,
    expected: `file ${entry.fileId}, which delivery ${row.messageId} brings`,
    found: row.lastError ?? 'it failed',
  } as const;
  await hold(context, { ...record, state: 'open' }, incident, [removal(context, entry)]);
  await dispatchNext(context, record);
}
