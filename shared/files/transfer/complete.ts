import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { dispatchLine } from '../../messages/dispatch.ts';
import { markSettled } from '../../messages/mark.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { forEachConcurrently } from '../../platform/concurrency.ts';
import { describeError, isRetryable } from '../../platform/errors.ts';
import { type Bucket, endUploads } from '../../platform/s3.ts';
import { withSubsegment } from '../../platform/trace.ts';
import { ownRow, type StoredFile, settledAtOnce, settleStored } from '../copy/complete-delivery.ts';
import { failDelivery } from '../copy/fail-delivery.ts';
import { endCompletion, updateWhileCopying } from '../copy/lease.ts';
import { checkOurs, noneThere } from '../copy/put.ts';
import { ResumeError } from '../copy/resume.ts';
import type { FileRow } from '../file.ts';
import { completeResult } from '../outbox/complete-result.ts';
import { failResult } from '../outbox/fail-result.ts';
import { registerResult } from '../outbox/register.ts';
import { readFiles } from '../rows.ts';
import { completeReturn } from '../send/complete-return.ts';
import { failReturn } from '../send/fail-return.ts';
import { completionTime, leaseTime, unansweredTime } from '../slots.ts';
import type { Delivery, DeliveryFile, FileOutcome, Next, Result, Return, Transfer } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { releaseLeases } from './release-leases.ts';
import { startTransfers } from './start.ts';

type Stored = Extract<FileOutcome, { kind: 'copied' }>;

/**
 * Ends a transfer: makes what was copied visible, records it, marks the deliveries that are done, and starts what waited
 * for a slot or for one of the files. What was sent is recorded, then removed from the outbox.
 */
export async function completeTransfer(context: TransferContext, transfer: Transfer): Promise<Next> {
  if (transfer.kind === 'delivery') {
    const settled = await completeDelivery(context, transfer);
    // Returns that wait for one of the files are due now.
    await Promise.all([startTransfers(context, transfer), ...settled.map((record) => markSettled(context, record))]);
  } else if (transfer.kind === 'return') {
    const { messageId } = transfer;
    const end = () => endReturn(context, transfer);
    await Promise.all([
      startTransfers(context, transfer),
      withSubsegment(context, { name: 'Complete', messageId }, end),
    ]);
  } else {
    await endResult(context, transfer);
    // What was put in the result's place is due now.
    await startTransfers(context, transfer);
  }
  return { next: 'stop' };
}

async function endReturn(context: TransferContext, transfer: Return): Promise<void> {
  const { outcome } = transfer;
  if (outcome?.kind === 'failed') await failReturn(context, transfer, outcome);
  if (outcome?.kind !== 'sent') return;
  const record = await completeReturn(context, transfer);
  // A deletion may have waited for the return.
  if (record) await Promise.all([markSettled(context, record), dispatchLine(context, record.line)]);
}

async function endResult(context: TransferContext, transfer: Result): Promise<void> {
  const { outcome } = transfer;
  if (outcome?.kind === 'sent') await completeResult(context, transfer);
  else if (outcome?.kind === 'failed') await failResult(context, transfer, outcome);
  else if (outcome?.kind === 'changed') await registerResult(context, transfer.fileId, transfer);
  await releaseLeases(context, [transfer]);
}

async function completeDelivery(context: TransferContext, delivery: Delivery): Promise<MessageRecord[]> {
  const rows = await readFiles(
    context,
    delivery.files.map((file) => file.fileId),
  );
  const stored: (StoredFile & { messageId: string })[] = [];
  const stopped = delivery.files.filter((file) => !ownRow(rows, file));
  await forEachConcurrently(delivery.files, 8, async (file) => {
    const row = ownRow(rows, file);
    if (!row) return;
    const { outcome, leaseUntil } = await makeVisible(context, row, file);
    if (outcome.kind === 'copied') stored.push({ ...file, size: outcome.size, messageId: row.messageId });
    else if (outcome.kind === 'failed') await failDelivery(context, row, outcome);
    if (outcome.kind !== 'copied') stopped.push({ ...file, leaseUntil });
  });
  const records: MessageRecord[] = [];
  await forEachConcurrently(
    Map.groupBy(stored, (file) => file.messageId),
    8,
    async ([messageId, files]) => {
      const record = await withSubsegment(context, { name: 'Complete', messageId }, () =>
        settleAll(context, messageId, files, (file) => stopped.push(file)),
      );
      if (record) records.push(record);
    },
  );
  // Files that failed, or are being deleted: nothing of them is on its way any more.
  await releaseLeases(context, stopped);
  return records;
}

async function settleAll(
  context: TransferContext,
  messageId: string,
  files: readonly StoredFile[],
  lost: (file: StoredFile) => void,
) {
  let record: MessageRecord | undefined;
  for (let from = 0; from < files.length; from += settledAtOnce) {
    record = await settleStored(context, messageId, files.slice(from, from + settledAtOnce), lost);
  }
  return record;
}

/** @returns what came of a file, and its lease as it was written last */
async function makeVisible(
  context: TransferContext,
  row: FileRow,
  file: DeliveryFile,
): Promise<{ outcome: FileOutcome; leaseUntil: number | undefined }> {
  const { leaseUntil } = file;
  const { outcome = { kind: 'failed', error: 'The copy ended without a result', retryable: true } } = file;
  if (outcome.kind !== 'copied' || !outcome.upload) return { outcome, leaseUntil };
  try {
    await completeUpload(context.bucket, row, outcome, outcome.upload, () => renew(context, file));
    return { outcome, leaseUntil };
  } catch (error) {
    const startsOver = error instanceof ResumeError;
    const failed = { kind: 'failed', error: describeError(error), retryable: isRetryable(error), startsOver } as const;
    return { outcome: failed, leaseUntil: isAnswer(error) ? await noteAnswer(context, file) : leaseUntil };
  }
}

/**
 * From now on a deletion waits until the object is there to be deleted, also when nobody hears whether it is.
 *
 * @returns what ends the request well before the lease
 */
async function renew(context: TransferContext, { fileId, attempt }: DeliveryFile): Promise<AbortSignal> {
  const { db, clock } = context;
  const now = clock.now();
  const changes = { leaseUntil: now + completionTime, completesUntil: now + unansweredTime };
  await db.send(updateWhileCopying(context.tables.files, { fileId, attempt }, changes));
  return clock.timeout(completionTime - completionMargin);
}

/** Left of the lease, in milliseconds, to record what came of the request. */
const completionMargin = 30_000;

/** Whether S3 has said that it did not do what it was asked for: anything else may still be done. */
const isAnswer = (error: unknown) =>
  error instanceof S3ServiceException && error.$fault === 'client' && error.$metadata.httpStatusCode !== undefined;

/** @returns the lease from now on */
async function noteAnswer(context: TransferContext, { fileId, attempt }: DeliveryFile): Promise<number> {
  const leaseUntil = context.clock.now() + leaseTime;
  const changes = { leaseUntil, completesUntil: undefined };
  try {
    await context.db.send(updateWhileCopying(context.tables.files, { fileId, attempt }, changes));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    await endCompletion(context, context.tables.files, { fileId, attempt });
  }
  return leaseUntil;
}

async function completeUpload(
  bucket: Bucket,
  row: FileRow,
  { size }: Stored,
  { uploadId, crc32 }: NonNullable<Stored['upload']>,
  renewLease: () => Promise<AbortSignal>,
): Promise<void> {
  const target = { Bucket: bucket.name, Key: row.objectKey, UploadId: uploadId };
  try {
    const Parts = await listParts(bucket.s3, target);
    const abortSignal = await renewLease();
    await bucket.s3.send(
      new CompleteMultipartUploadCommand({
        ...target,
        MultipartUpload: { Parts },
        ChecksumCRC32: crc32,
        ChecksumType: 'FULL_OBJECT',
        MpuObjectSize: size,
        ...noneThere(row),
      }),
      { abortSignal, requestTimeout: completionTime },
    );
  } catch (error) {
    if (!(error instanceof Error && (error.name === 'PreconditionFailed' || error.name === 'NoSuchUpload')))
      throw error;
    // S3 keeps an upload that it did not complete.
    if (error.name === 'PreconditionFailed') await endUploads(bucket, [target]);
    await checkOurs({ s3: bucket.s3, bucket: bucket.name }, row, { size, crc32 }).catch((cause: unknown) => {
      const isMissing = cause instanceof Error && cause.name === 'NotFound';
      // The object that is there may be the one to be replaced.
      const isGone = error.name === 'NoSuchUpload' && (isMissing || row.storedAt !== undefined);
      throw isGone ? new ResumeError('S3 has neither the upload nor the object', { cause }) : cause;
    });
  }
}

/**
 * S3 names the next part on the last page, too, and from there on begins again: the SDK's own paginator goes by that name alone
 * and would never end.
 */
async function listParts(
  s3: Bucket['s3'],
  target: { Bucket: string; Key: string; UploadId: string },
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  let page: Pick<ListPartsCommandOutput, 'IsTruncated' | 'NextPartNumberMarker'> = {};
  do {
    const { Parts = [], ...next } = await s3.send(
      new ListPartsCommand({ ...target, PartNumberMarker: page.NextPartNumberMarker }),
    );
    for (const { PartNumber, ETag, ChecksumCRC32 } of Parts) parts.push({ PartNumber, ETag, ChecksumCRC32 });
    page = next;
  } while (page.IsTruncated);
  return parts;
}
