import { createHash, randomUUID } from 'node:crypto';
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { MessageContext } from '../../messages/context.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { isPaused } from '../../operations/pause.ts';
import { isPortalOut } from '../../operations/portal-health.ts';
import { batchGet } from '../../platform/dynamodb.ts';
import { describeError } from '../../platform/errors.ts';
import { stateCheck } from '../../platform/transaction.ts';
import { giveUpDelivery } from '../copy/fail-delivery.ts';
import { giveUpResult } from '../outbox/fail-result.ts';
import { readRows } from '../rows.ts';
import { giveUpReturn } from '../send/fail-return.ts';
import { freeSlots, releaseSlot, renewSlot, takeSlot } from '../slots.ts';
import type { Transfer } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { settleAwaited } from './awaited.ts';
import { claimTransfer, returnClaim } from './claim.ts';
import {
  type AskingMessage,
  askingAttributes,
  isUnderWay,
  nextTransfer,
  type PlannedTransfer,
  planTransfers,
} from './plan.ts';
import { moveCursor, type QueueCursor, readCursor, readTransferQueue } from './queue.ts';

/**
 * Starts the transfers that are due, as long as slots are free. Idempotent: each file is claimed for one attempt. Transfers
 * claimed but not started because of a crash become due when their lease ends.
 *
 * @param slotLease the slot of a transfer that has just ended, for the next one
 */
export async function startTransfers(context: TransferContext, slotLease?: SlotLease): Promise<void> {
  const { db, clock, tables } = context;
  const slots = { db, clock, table: tables.control };
  const holder = randomUUID();
  let taken = slotLease;
  let isFirst = true;
  let free: string[] | undefined;
  const cursor = taken && (await readCursor(context));
  let last: string | undefined;
  for await (const { transfer, position } of allDue(context, cursor)) {
    if (isFirst && (await isAtHalt(context))) break;
    if (isFirst && slotLease && !(await renewSlot(slots, slotLease.slot, slotLease.holder))) taken = undefined;
    isFirst = false;
    if (!taken) free ??= await freeSlots(slots, context.slots);
    const slot = taken?.slot ?? (await takeSlot(slots, free ?? [], holder));
    if (slot === undefined) break;
    taken ??= { slot, holder };
    // If others have claimed the transfer, keep the slot for the next one.
    if (!(await startTransfer(context, transfer, taken))) continue;
    taken = undefined;
    last = position;
    if (free?.length === 0) break;
  }
  if (slotLease && last !== undefined) await moveCursor(context, cursor, last);
  if (taken) await releaseSlot(slots, taken.slot, taken.holder);
}

/** Whether no transfer may start, because of a pause or an outage. The first poll afterwards starts the transfers that are due. */
async function isAtHalt({ db, tables }: MessageContext): Promise<boolean> {
  const [isStopped, isOut] = await Promise.all([isPaused(db, tables.control), isPortalOut(db, tables.control)]);
  return isStopped || isOut;
}

interface Found {
  transfer: PlannedTransfer;
  /** Every due entry up to this position is covered by this transfer. */
  position: string;
}

/**
 * Yields due transfers, one of each line in turn, so that no line starves the others, beginning with the line after the
 * cursor's.
 */
async function* allDue(context: TransferContext, cursor?: QueueCursor): AsyncGenerator<Found> {
  const turns: AsyncGenerator<Found>[] = [];
  for await (const pages of readTransferQueue(context, cursor)) {
    const due = dueOfLine(context, pages);
    const { value, done } = await due.next();
    if (done) continue;
    turns.push(due);
    yield value;
  }
  while (turns.length > 0) {
    for (const due of [...turns]) {
      const { value, done } = await due.next();
      if (done) turns.splice(turns.indexOf(due), 1);
      else yield value;
    }
  }
}

async function* dueOfLine(
  context: TransferContext,
  pages: AsyncIterable<TransferEntry[]>,
): AsyncGenerator<Found, undefined> {
  const { clock } = context;
  for await (const page of pages) {
    const transfersDue = await dueOf(context, page);
    const position = page.at(transfersDue.length === 1 ? -1 : 0)?.position ?? '';
    const asked = transfersDue.filter(({ kind }) => kind !== 'result');
    const results = transfersDue.filter(({ kind }) => kind === 'result');
    for (const due of [asked, results]) {
      // Begin at random: concurrent callers that all began with the first transfer would mostly lose it to one another.
      const first = Math.floor(clock.random() * due.length);
      yield* [...due.slice(first), ...due.slice(0, first)].map((transfer) => ({ transfer, position }));
    }
  }
}

/** The due transfers of a page of entries. Gives up transfers whose attempts are used up or whose file was removed. */
async function dueOf(context: TransferContext, entries: readonly TransferEntry[]): Promise<PlannedTransfer[]> {
  const { tables } = context;
  const { db, clock, settings } = context;
  const files = await readRows(
    context,
    entries.map((entry) => entry.fileId),
  );
  const at = { now: clock.now(), pollSeconds: settings.pollSeconds };
  const open = entries.filter((entry) => !isUnderWay(entry, files.get(entry.fileId), at));
  const askedBy = [...new Set(open.flatMap(({ messageId }) => messageId ?? []))].map((messageId) => ({ messageId }));
  const messages = await batchGet<AskingMessage>(db, clock, tables.messages, askedBy, askingAttributes);
  const askedFor = new Map(messages.map((record) => [record.messageId, record]));
  const due = planTransfers(open, files, askedFor, { ...at, maxAttempts: settings.maxAttempts });
  const noResult = 'every attempt ended without a result';
  for (const file of due.usedUpFiles) await giveUpDelivery(context, file, file.lastError ?? noResult);
  for (const { record, fileId } of due.usedUpReturns) {
    const isStored = stateCheck(tables.files, { fileId }, 'stored');
    await giveUpReturn(context, record, 'attempts-used-up', record.lastError ?? noResult, isStored);
  }
  for (const result of due.usedUpResults) await giveUpResult(context, result, result.lastError ?? noResult);
  for (const { record, file } of due.damagedReturns) {
    const found = `File ${file.fileId} was damaged and could not be fetched again: ${file.lastError}`;
    const isFailed = stateCheck(tables.files, { fileId: file.fileId }, 'failed');
    await giveUpReturn(context, record, 'file-damaged', found, isFailed);
  }
  for (const { record, fileId } of due.lostReturns) {
    // The file may have been registered between the two reads.
    const isGone = !(await readRows(context, [fileId])).has(fileId);
    if (isGone) await giveUpReturn(context, record, 'attempts-used-up', `file ${fileId} is not there any more`);
  }
  await settleAwaited(context, due.awaited);
  return due.transfers;
}

/**
 * Name of the execution, different for each attempt: a closed execution's name stays reserved for 90 days (Step Functions API
 * reference).
 */
function executionName(transfer: PlannedTransfer): string {
  return createHash('sha256')
    .update(JSON.stringify([transfer.kind, idsOf(transfer)]))
    .digest('hex');
}

function idsOf(transfer: PlannedTransfer) {
  if (transfer.kind === 'delivery')
    return transfer.files.map((file) => [file.messageId, file.fileId, file.attempt + 1]);
  // A retry by an operator resets the attempts, so use the version.
  if (transfer.kind === 'return') return [[transfer.record.messageId, transfer.fileId, transfer.record.version]];
  // The row may be removed and created anew, while the version continues with the history.
  const { fileId, version, attempt } = transfer.result;
  return [[fileId, version, attempt + 1]];
}

type SlotLease = Pick<Transfer, 'slot' | 'holder'>;

/** @returns whether anything was left to start */
async function startTransfer(context: TransferContext, due: PlannedTransfer, slotLease: SlotLease): Promise<boolean> {
  const { sfn, stateMachineArn } = context;
  const claimed = await claimTransfer(context, due);
  if (!claimed) return false;
  // Named by the claimed part: another caller may have claimed the rest of the batch and start it.
  const name = executionName(claimed);
  const input = JSON.stringify(transferOf(claimed, slotLease));
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  } catch (error) {
    await returnClaim(context, claimed, describeError(error));
    throw error;
  }
  for (const messageId of askingMessages(claimed)) {
    context.log.info('transfer started', { messageId, kind: claimed.kind, transfer: name, slot: slotLease.slot });
  }
  return true;
}

/** The messages that asked for a transfer; undefined for a result. */
function askingMessages(claimed: PlannedTransfer): Iterable<string | undefined> {
  if (claimed.kind === 'delivery') return new Set(claimed.files.map((file) => file.messageId));
  return [claimed.kind === 'return' ? claimed.record.messageId : undefined];
}

function transferOf(claimed: PlannedTransfer, slotLease: SlotLease): Transfer {
  if (claimed.kind === 'delivery') {
    const files = claimed.files.map(({ fileId, createdAt, attempt, leaseUntil }) => ({
      fileId,
      createdAt,
      attempt: attempt + 1,
      leaseUntil,
    }));
    return { ...slotLease, kind: 'delivery', files };
  }
  if (claimed.kind === 'result') {
    const { fileId, createdAt, attempt } = claimed.result;
    return { ...slotLease, kind: 'result', fileId, createdAt, attempt: attempt + 1 };
  }
  const { record, fileId } = claimed;
  return { ...slotLease, kind: 'return', messageId: record.messageId, fileId, attempt: nextTransfer(record) };
}
