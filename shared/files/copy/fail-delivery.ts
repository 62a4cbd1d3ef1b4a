import type { MessageContext } from '../../messages/context.ts';
import { dispatchNext } from '../../messages/dispatch.ts';
import { readMessage } from '../../messages/read.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { transferKey } from '../../messages/transfers-line.ts';
import { transitionWrites, yieldWrite } from '../../messages/transition.ts';
import { type Incident, incidentWrites } from '../../operations/incidents.ts';
import { backoff } from '../../platform/backoff.ts';
import { unlessRefused, updateExpression } from '../../platform/dynamodb.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import { abortUploadsOf } from '../../platform/s3.ts';
import { transact, tryAgain, untilCommitted, type Write } from '../../platform/transaction.ts';
import type { FileRow } from '../file.ts';
import { claimValues, isClaimed, isClaimedBy, readFiles } from '../rows.ts';
import { waitingReturns } from '../send/fail-return.ts';
import type { Failure } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { transferOver } from './complete-delivery.ts';
import { updateWhileCopying } from './while-copying.ts';

/** Failed attempts up to now. */
type Counts = Partial<Pick<FileRow, 'failures' | 'checksumFailures' | 'restarts'>>;

/**
 * Schedules another attempt for a file after its backoff, or gives the file up. The lease stays, so that a deletion waits for
 * it, unless the transfer releases it: an unanswered request, even the one that starts the transfer, may still be executed.
 */
export async function failDelivery(
  context: TransferContext,
  row: FileRow,
  { error, retryable, checksum = false, startsOver = false, unauthorized = false }: Failure,
): Promise<void> {
  const { tables, clock, settings, log } = context;
  const { fileId, messageId, createdAt, attempt } = row;
  const failures = Math.max(0, (row.failures ?? 1) - (unauthorized ? 1 : 0));
  const checksumFailures = row.checksumFailures + (checksum ? 1 : 0);
  const restarts = (row.restarts ?? 0) + (startsOver ? 1 : 0);
  const inVain = Math.max(failures, restarts);
  log.warn('transfer failed', {
    fileId,
    messageId,
    attempt,
    error,
    ...emfMetrics({ TransferFailures: 1 }, clock.now()),
  });
  if (!retryable || inVain >= settings.maxAttempts || checksumFailures >= context.checksumTries) {
    return giveUpDelivery(context, row, error, { failures, checksumFailures, restarts });
  }
  const dueAt = clock.now() + backoff(Math.max(1, inVain), settings.pollSeconds, clock.random);
  const fromStart = startsOver ? { resume: undefined, bytesDone: 0, restarts } : {};
  const failed = { failures, checksumFailures, lastError: error, bytesPerSecond: undefined };
  const changes = { state: 'pending', dueAt, ...failed, ...fromStart };
  await unlessRefused(context.db.send(updateWhileCopying(tables.files, { fileId, createdAt, attempt }, changes)));
}

/**
 * Marks a file that cannot be fetched as failed, and holds its delivery, unless the file was stored before. The other files of
 * the delivery continue. Removes everything copied. The lease stays, so that a deletion waits for it, unless the transfer
 * releases it.
 */
export async function giveUpDelivery(
  context: TransferContext,
  file: FileRow,
  error: string,
  counts: Counts = {},
): Promise<void> {
  const { tables, bucket } = context;
  const { fileId, messageId, attempt } = file;
  const expected = `the file with MD5 ${file.checksum}`;
  const incident: Incident = { kind: 'file-failed', subject: fileId, messageId, expected, found: error };
  return untilCommitted(`File ${fileId}`, async () => {
    const [record, rows] = await Promise.all([readMessage(context, messageId), readFiles(context, [fileId])]);
    const row = rows.get(fileId);
    if (!row || !isClaimedBy(row, file) || (row.state !== 'copying' && row.state !== 'pending')) return;
    // Before the change of state: nothing would abort an upload of a failed file later.
    await abortUploadsOf(bucket, row.objectKey);
    const returns = await waitingReturns(context, row);
    const outcome = await transact(context.db, context.clock, [
      failWrite(tables.files, row, { lastError: error, ...counts }),
      { Delete: { TableName: context.tables.lines, Key: transferKey(row.position) } },
      ...incidentWrites(context, incident),
      ...(record && row.storedAt === undefined ? heldWrites(context, record, error) : []),
      ...returns.map((waiting) => yieldWrite(context, waiting, true)),
    ]);
    if (outcome === 'refused') return tryAgain;
    context.log.warn('incident', { ...incident, fileId, attempt });
    // Deletions that waited for a return may be processed now, and revocations may overtake the held message.
    for (const each of [record, ...returns]) if (each) await dispatchNext(context, each);
    return;
  });
}

/** Also updates a delivery that is held already, so that a concurrent retry of another of its files is refused. */
function heldWrites(context: MessageContext, record: MessageRecord, lastError: string): Write[] {
  if (record.state === 'held') return transitionWrites(context, record, 'held', { lastError });
  return record.state === 'working'
    ? transitionWrites(context, record, 'held', { heldFrom: 'working', lastError })
    : [];
}

/** Refused if a copy has begun an upload meanwhile, which would remain, or if a return has begun to wait for the file. */
function failWrite(table: string, row: FileRow, changes: Counts & Pick<FileRow, 'lastError'>): Write {
  const { fileId, state, resume, returns } = row;
  const sameUpload = resume ? '#resume.uploadId = :uploadId' : 'attribute_not_exists(#resume)';
  const sameReturns = returns ? '#returns = :returns' : 'attribute_not_exists(#returns)';
  return {
    Update: {
      TableName: table,
      Key: { fileId },
      ConditionExpression: `${isClaimed} AND #state = :read AND ${sameUpload} AND ${sameReturns}`,
      ...updateExpression(
        { state: 'failed', ...changes, returns, ...transferOver },
        { ...claimValues(row), ':read': state, ...(resume && { ':uploadId': resume.uploadId }) },
      ),
    },
  };
}
