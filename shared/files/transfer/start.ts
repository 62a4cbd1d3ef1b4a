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
import { type AskingMessage, askingAttributes, nextTransfer, type PlannedTransfer, planTransfers } from './plan.ts';
import { type Cursor, moveCursor, readCursor, readTransferQueue } from './queue.ts';

/**
 * Starts the transfers that are due, as far as there are slots. Harmless when done twice: each file is claimed for one
 * attempt. What a crash leaves claimed but not started comes back when its lease ends.
 *
 * @param seat the slot of a transfer that has just ended, for the next
 */
export async function startTransfers(context: TransferContext, seat?: SlotLease): Promise<void> {
  const { db, clock, tables } = context;
  const slots = { db, clock, table: tables.control };
  const holder = randomUUID();
  let taken = seat && (await renewSlot(slots, seat.slot, seat.holder)) ? seat : undefined;
  let free: string[] | undefined;
  const cursor = taken && (await readCursor(context));
  let last: string | undefined;
  for await (const { transfer, position } of allDue(context, cursor)) {
    free ??= await freeSlots(slots, context.slots);
    const slot = taken?.slot ?? (await takeSlot(slots, free, holder));
    if (slot === undefined) break;
    taken ??= { slot, holder };
    // What others claimed first leaves the slot for the next.
    if (!(await startTransfer(context, transfer, taken))) continue;
    taken = undefined;
    last = position;
    if (free.length === 0) break;
  }
  if (seat && last !== undefined) await moveCursor(context, cursor, last);
  if (taken) await releaseSlot(slots, taken.slot, taken.holder);
}

/** Whether nothing is to begin, or would only fail; the poll that finds all well again starts what is due. */
async function isAtHalt({ db, tables }: MessageContext): Promise<boolean> {
  const [isStopped, isOut] = await Promise.all([isPaused(db, tables.control), isPortalOut(db, tables.control)]);
  return isStopped || isOut;
}

interface Found {
  transfer: PlannedTransfer;
  /** Before it nothing is due when this one is started. */
  position: string;
}

/** What is due, a transfer of each line in turn, so that none starves the others; from the line after the cursor's on. */
async function* allDue(context: TransferContext, cursor?: Cursor): AsyncGenerator<Found> {
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
    if (transfersDue.length > 0 && (await isAtHalt(context))) return;
    const asked = transfersDue.filter(({ kind }) => kind !== 'result');
    const results = transfersDue.filter(({ kind }) => kind === 'result');
    for (const due of [asked, results]) {
      // Several start transfers at the same time: if each began with the first, they would mostly lose it to one another.
      const first = Math.floor(clock.random() * due.length);
      yield* [...due.slice(first), ...due.slice(0, first)].map((transfer) => ({ transfer, position }));
    }
  }
}

/** The transfers of a page of entries that are due; those whose attempts are used up, or whose file is gone, are given up instead. */
async function dueOf(context: TransferContext, entries: readonly TransferEntry[]): Promise<PlannedTransfer[]> {
  const { tables } = context;
  const { db, clock, settings } = context;
  const askedBy = [...new Set(entries.flatMap(({ messageId }) => messageId ?? []))].map((messageId) => ({ messageId }));
  const [files, messages] = await Promise.all([
    readRows(
      context,
      entries.map((entry) => entry.fileId),
    ),
    batchGet<AskingMessage>(db, clock, context.tables.messages, askedBy, askingAttributes),
  ]);
  const due = planTransfers(entries, files, new Map(messages.map((record) => [record.messageId, record])), {
    now: clock.now(),
    pollSeconds: settings.pollSeconds,
    maxAttempts: settings.maxAttempts,
  });
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
    // It may have come between the two reads.
    const isGone = !(await readRows(context, [fileId])).has(fileId);
    if (isGone) await giveUpReturn(context, record, 'attempts-used-up', `file ${fileId} is not there any more`);
  }
  await settleAwaited(context, due.awaited);
  return due.transfers;
}

/** A closed execution's name stays taken for 90 days (Step Functions API reference): each attempt has a name of its own. */
function executionName(transfer: PlannedTransfer): string {
  return createHash('sha256')
    .update(JSON.stringify([transfer.kind, idsOf(transfer)]))
    .digest('hex');
}

function idsOf(transfer: PlannedTransfer) {
  if (transfer.kind === 'delivery')
    return transfer.files.map((file) => [file.messageId, file.fileId, file.attempt + 1]);
  // Attempts are counted anew when a person has it tried again.
  if (transfer.kind === 'return') return [[transfer.record.messageId, transfer.fileId, transfer.record.version]];
  // Its row may go and come anew; its history goes on.
  const { fileId, version, attempt } = transfer.result;
  return [[fileId, version, attempt + 1]];
}

type SlotLease = Pick<Transfer, 'slot' | 'holder'>;

/** @returns whether anything of it was left to start */
async function startTransfer(context: TransferContext, due: PlannedTransfer, seat: SlotLease): Promise<boolean> {
  const { sfn, stateMachineArn } = context;
  const claimed = await claimTransfer(context, due);
  if (!claimed) return false;
  // By what was won: others may have claimed a part of the same batch, and start that.
  const name = executionName(claimed);
  const input = JSON.stringify(transferOf(claimed, seat));
  try {
    await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  } catch (error) {
    await returnClaim(context, claimed, describeError(error));
    throw error;
  }
  for (const messageId of askingMessages(claimed)) {
    context.log.info('transfer started', { messageId, kind: claimed.kind, transfer: name, slot: seat.slot });
  }
  return true;
}

/** The messages that asked for a transfer; of a result it is none, told as undefined. */
function askingMessages(claimed: PlannedTransfer): Iterable<string | undefined> {
  if (claimed.kind === 'delivery') return new Set(claimed.files.map((file) => file.messageId));
  return [claimed.kind === 'return' ? claimed.record.messageId : undefined];
}

function transferOf(claimed: PlannedTransfer, seat: SlotLease): Transfer {
  if (claimed.kind === 'delivery') {
    const files = claimed.files.map(({ fileId, attempt, leaseUntil }) => ({
      fileId,
      attempt: attempt + 1,
      leaseUntil,
    }));
    return { ...seat, kind: 'delivery', files };
  }
  if (claimed.kind === 'result') {
    const { fileId, attempt } = claimed.result;
    return { ...seat, kind: 'result', fileId, attempt: attempt + 1 };
  }
  const { record, fileId } = claimed;
  return { ...seat, kind: 'return', messageId: record.messageId, fileId, attempt: nextTransfer(record) };
}
