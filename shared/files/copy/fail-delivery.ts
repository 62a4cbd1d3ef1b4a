import type { MessageContext } from '../../messages/context.ts';
import { dispatchLine, readMessage } from '../../messages/dispatch.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { transferKey } from '../../messages/transfers-line.ts';
import { transitionWrites, yieldWrite } from '../../messages/transition.ts';
import { type Incident, incidentWrite } from '../../operations/incidents.ts';
import { unlessRefused, updateExpression } from '../../platform/dynamodb.ts';
import { TransientError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import { abortUploadsOf } from '../../platform/s3.ts';
import { backoff } from '../../platform/time.ts';
import { transact, type Write } from '../../platform/transaction.ts';
import type { FileRow } from '../file.ts';
import { readFiles } from '../rows.ts';
import { waitingReturns } from '../send/fail-return.ts';
import type { Failure } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { transferOver } from './complete-delivery.ts';
import { updateWhileCopying } from './while-copying.ts';

const tries = 20;

/**
 * Has a file tried again after its backoff, or gives it up. Its lease stays, for a deletion to wait out, unless the transfer gives
 * it back: a request that had no answer, be it one to begin the transfer, may still be carried out.
 */
export async function failDelivery(
  context: TransferContext,
  row: FileRow,
  { error, retryable, checksum = false, startsOver = false, unauthorized = false }: Failure,
): Promise<void> {
  const { tables, clock, settings, log } = context;
  const { fileId, messageId, attempt } = row;
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
    return giveUpDelivery(context, row, error);
  }
  const dueAt = clock.now() + backoff(Math.max(1, inVain), settings.pollSeconds, clock.random);
  const fromStart = startsOver ? { resume: undefined, bytesDone: 0, restarts } : {};
  const failed = { failures, checksumFailures, lastError: error, bytesPerSecond: undefined };
  const changes = { state: 'pending', dueAt, ...failed, ...fromStart };
  await unlessRefused(context.db.send(updateWhileCopying(tables.files, { fileId, attempt }, changes)));
}

/**
 * Leaves a file that can't be fetched to a person, and its delivery with it, unless that had brought the file; the delivery's
 * other files go on. Of what was
 * copied nothing is left. The lease stays, for a deletion to wait out, unless the transfer gives it back.
 */
export async function giveUpDelivery(context: TransferContext, file: FileRow, error: string): Promise<void> {
  const { tables, bucket } = context;
  const { fileId, messageId, attempt } = file;
  const expected = `the file with MD5 ${file.checksum}`;
  const incident: Incident = { kind: 'file-failed', subject: fileId, messageId, expected, found: error };
  for (let tried = 0; tried < tries; tried++) {
    const [record, rows] = await Promise.all([readMessage(context, messageId), readFiles(context, [fileId])]);
    const row = rows.get(fileId);
    if (row?.attempt !== attempt || (row.state !== 'copying' && row.state !== 'pending')) return;
    // First, for nobody would come back for an upload of a failed file.
    await abortUploadsOf(bucket, row.objectKey);
    const returns = await waitingReturns(context, row);
    const outcome = await transact(context.db, context.clock, [
      failWrite(tables.files, row, error),
      { Delete: { TableName: context.tables.lines, Key: transferKey(row.position) } },
      incidentWrite(context.tables.incidents, incident, context.clock.now()),
      ...(record && row.storedAt === undefined ? heldWrites(context, record, error) : []),
      ...returns.map((waiting) => yieldWrite(context, waiting, true)),
    ]);
    if (outcome === 'refused') continue;
    context.log.warn('incident', { ...incident, fileId, attempt });
    // Deletions that waited for a return go on, and revocations pass what is held.
    for (const line of new Set([record, ...returns].flatMap((each) => each?.line ?? [])))
      await dispatchLine(context, line);
    return;
  }
  throw new TransientError(`File ${fileId}: others kept changing it or its delivery`);
}

/** A delivery that is held already is touched too: who retries another of its files must not let it go on meanwhile. */
function heldWrites(context: MessageContext, record: MessageRecord, lastError: string): Write[] {
  if (record.state === 'held') return transitionWrites(context, record, 'held', { lastError });
  return record.state === 'working'
    ? transitionWrites(context, record, 'held', { heldFrom: 'working', lastError })
    : [];
}

/** Refused when a copy has begun an upload meanwhile, which would stay, or when a return has begun to wait for the file. */
function failWrite(table: string, { fileId, attempt, state, resume, returns }: FileRow, lastError: string): Write {
  const sameUpload = resume ? '#resume.uploadId = :uploadId' : 'attribute_not_exists(#resume)';
  const sameReturns = returns ? '#returns = :returns' : 'attribute_not_exists(#returns)';
  return {
    Update: {
      TableName: table,
      Key: { fileId },
      ConditionExpression: `attempt = :attempt AND #state = :read AND ${sameUpload} AND ${sameReturns}`,
      ...updateExpression(
        { state: 'failed', lastError, returns, ...transferOver },
        { ':attempt': attempt, ':read': state, ...(resume && { ':uploadId': resume.uploadId }) },
      ),
    },
  };
}
