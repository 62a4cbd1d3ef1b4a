import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { dispatchLine, readMessage } from '../../messages/dispatch.ts';
import { stateWrites } from '../../messages/transition.ts';
import { measured } from '../../platform/metrics.ts';
import { backoff } from '../../platform/time.ts';
import { stateCheck, transact } from '../../platform/transaction.ts';
import type { FileRow } from '../file.ts';
import { giveUpDelivery, giveUpReturn } from '../send/fail-return.ts';
import type { Transfers } from '../transfer/context.ts';
import type { Outcome, Return } from '../transfer/transfer.ts';
import { updateWhileCopying } from './lease.ts';

export type Failure = Omit<Extract<Outcome, { kind: 'failed' }>, 'kind'>;

/**
 * Has a file tried again after its backoff, or gives it up. Its lease stays, for a deletion to wait out, unless the transfer gives
 * it back: a request that had no answer, be it one to begin the transfer, may still be carried out.
 */
export async function failFile(
  transfers: Transfers,
  row: FileRow,
  { error, retryable, checksum = false, startsOver = false, unauthorized = false }: Failure,
): Promise<void> {
  const { bridge, tables } = transfers;
  const { clock, settings, log } = bridge;
  const { fileId, messageId, attempt } = row;
  const failures = Math.max(0, (row.failures ?? 1) - (unauthorized ? 1 : 0));
  const checksumFailures = row.checksumFailures + (checksum ? 1 : 0);
  const restarts = (row.restarts ?? 0) + (startsOver ? 1 : 0);
  const inVain = Math.max(failures, restarts);
  log.warn('transfer failed', { fileId, messageId, attempt, error, ...measured({ TransferFailures: 1 }, clock.now()) });
  if (!retryable || inVain >= settings.maxAttempts || checksumFailures >= transfers.checksumTries) {
    return giveUpDelivery(transfers, row, error);
  }
  const dueAt = clock.now() + backoff(Math.max(1, inVain), settings.pollSeconds, clock.random);
  const fromStart = startsOver ? { resume: undefined, bytesDone: 0, restarts } : {};
  const failed = { failures, checksumFailures, lastError: error, bytesPerSecond: undefined };
  const changes = { state: 'pending', dueAt, ...failed, ...fromStart };
  try {
    await bridge.db.send(updateWhileCopying(tables.files, { fileId, attempt }, changes));
  } catch (refused) {
    if (!(refused instanceof ConditionalCheckFailedException)) throw refused;
  }
}

/**
 * Has a return tried again after its backoff, or gives it up. From now on a deletion of the file does not wait for it. One that has
 * begun settles the return too: nobody has to look at it.
 */
export async function failReturn(
  transfers: Transfers,
  { messageId, fileId, attempt }: Pick<Return, 'messageId' | 'fileId' | 'attempt'>,
  failure: Failure,
): Promise<void> {
  const { bridge, tables } = transfers;
  const { clock, settings, log } = bridge;
  const { error, retryable, unauthorized, damaged } = failure;
  const record = await readMessage(bridge, messageId);
  if (record?.state !== 'working' || record.attempts !== attempt) return;
  log.warn('transfer failed', { messageId, attempt, error, ...measured({ TransferFailures: 1 }, clock.now()) });
  const refusals = (record.refusals ?? 0) + (unauthorized ? 1 : 0);
  const failures = attempt - refusals;
  if (!retryable || failures >= settings.maxAttempts) {
    const kind = damaged ? 'file-damaged' : 'attempts-used-up';
    await giveUpReturn(transfers, record, kind, error, stateCheck(tables.files, { fileId }, 'stored'));
  } else {
    const dueAt = clock.now() + backoff(Math.max(1, failures), settings.pollSeconds, clock.random);
    const changes = { dueAt, refusals, lastError: error, leaseUntil: undefined };
    await transact(bridge.db, clock, stateWrites(bridge, record, 'working', changes, { yields: true }));
  }
  await dispatchLine(bridge, record.line);
}
