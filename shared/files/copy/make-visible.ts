import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { unlessRefused } from '../../platform/dynamodb.ts';
import { describeError, isRetryable } from '../../platform/errors.ts';
import { type Bucket, endUploads } from '../../platform/s3.ts';
import type { FileRow } from '../file.ts';
import { completionTime, leaseTime, unansweredTime } from '../lease-times.ts';
import type { DeliveryFile, FileOutcome } from '../transfer.ts';
import type { TransferContext } from '../transfer-context.ts';
import { checkOurs, noneThere } from './put.ts';
import { ResumeError } from './resume.ts';
import { endCompletion, updateWhileCopying } from './while-copying.ts';

type Stored = Extract<FileOutcome, { kind: 'copied' }>;

/**
 * Completes the upload of a file that was copied in parts.
 *
 * @returns the outcome of the file, and its lease as last written
 */
export async function makeVisible(
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
 * Extends the lease, so that a deletion waits until the object is visible, even if the answer of S3 is lost.
 *
 * @returns a signal that aborts the request well before the lease ends
 */
async function renew(context: TransferContext, file: DeliveryFile): Promise<AbortSignal> {
  const { db, clock } = context;
  const now = clock.now();
  const changes = { leaseUntil: now + completionTime, completesUntil: now + unansweredTime };
  await db.send(updateWhileCopying(context.tables.files, file, changes));
  return clock.timeout(completionTime - completionMargin);
}

/** Time reserved before the end of the lease, in milliseconds, for recording the outcome of the request. */
const completionMargin = 30_000;

/** Whether S3 has refused the request. After any other error the request may still be executed. */
const isAnswer = (error: unknown) =>
  error instanceof S3ServiceException && error.$fault === 'client' && error.$metadata.httpStatusCode !== undefined;

/** @returns the lease from now on */
async function noteAnswer(context: TransferContext, file: DeliveryFile): Promise<number> {
  const leaseUntil = context.clock.now() + leaseTime;
  const changes = { leaseUntil, completesUntil: undefined };
  const update = updateWhileCopying(context.tables.files, file, changes);
  const isNoted = await unlessRefused(context.db.send(update));
  if (!isNoted) await endCompletion(context, context.tables.files, file);
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
    // S3 keeps uploads that it did not complete.
    if (error.name === 'PreconditionFailed') await endUploads(bucket, [target]);
    await checkOurs({ s3: bucket.s3, bucket: bucket.name }, row, { size, crc32 }).catch((cause: unknown) => {
      const isMissing = cause instanceof Error && cause.name === 'NotFound';
      // An existing object may be the earlier one that has to be replaced.
      const isGone = error.name === 'NoSuchUpload' && (isMissing || row.storedAt !== undefined);
      throw isGone ? new ResumeError('S3 has neither the upload nor the object', { cause }) : cause;
    });
  }
}

/**
 * S3 returns a NextPartNumberMarker on the last page, too, and starts over from there. The SDK's paginator relies on the marker
 * alone and would never end.
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
