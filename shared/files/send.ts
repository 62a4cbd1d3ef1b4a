import { Readable } from 'node:stream';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Database } from '../platform/dynamodb.ts';
import { describeError, isRetryable, PermanentError } from '../platform/errors.ts';
import type { Log } from '../platform/logger.ts';
import type { Clock } from '../platform/time.ts';
import { maxFormBytes, type OutboundFile, type Portal } from '../portal/client.ts';
import { escapeId } from '../portal/id.ts';
import { readFiles } from './file.ts';
import { leaseTime, renewSlot } from './slots.ts';
import type { Next, Return } from './transfer.ts';

export interface Sending {
  db: Database;
  clock: Clock;
  log: Log;
  tables: { messages: string; files: string; control: string };
  portal: Portal;
  s3: Pick<S3Client, 'send'>;
  bucket: string;
}

/** Milliseconds between two renewals of the lease while the portal takes the file. */
const renewalTime = 15_000;

/**
 * Gives a file back to the portal, straight from S3: as a form up to 2 GB, streamed above.
 *
 * @param signal ends it before the function's time does
 */
export async function sendFile(sending: Sending, transfer: Return, signal: AbortSignal): Promise<Return & Next> {
  const { log } = sending;
  const { messageId, fileId, attempt } = transfer;
  const keeping = new AbortController();
  const over = AbortSignal.any([signal, keeping.signal]);
  keepLease(sending, transfer, keeping);
  try {
    await post(sending, fileId, over);
    return { ...transfer, outcome: { kind: 'returned' }, next: 'complete' };
  } catch (error) {
    const text = describeError(error);
    log.warn('return failed', { messageId, fileId, attempt, error: text });
    return { ...transfer, outcome: { kind: 'failed', error: text, retryable: isRetryable(error) }, next: 'complete' };
  } finally {
    keeping.abort();
  }
}

async function post(sending: Sending, fileId: string, signal: AbortSignal): Promise<void> {
  const { tables, portal, s3, bucket } = sending;
  const row = (await readFiles(sending, tables.files, [fileId])).get(fileId);
  if (row?.state !== 'stored') throw new PermanentError(`File ${fileId} is not stored`);
  const object = { Bucket: bucket, Key: row.objectKey };
  const { ContentLength: size = 0, ETag } = await s3.send(new HeadObjectCommand(object));
  const file: OutboundFile = {
    // The portal goes by the id in the path: a form only needs a name, of at most 256 bytes.
    fileName: escapeId(fileId).slice(0, 200),
    size,
    async open() {
      const { Body } = await s3.send(new GetObjectCommand({ ...object, IfMatch: ETag }), { abortSignal: signal });
      if (!(Body instanceof Readable)) throw new PermanentError(`File ${fileId} has no body`);
      return Body;
    },
  };
  await (size <= maxFormBytes ? portal.returnFile(fileId, file, signal) : portal.returnLargeFile(fileId, file, signal));
}

/** Renews the lease until told to stop; a lost one ends the sending. */
async function keepLease({ db, clock, tables }: Sending, transfer: Return, keeping: AbortController): Promise<void> {
  const { messageId, attempt, slot, holder } = transfer;
  for (;;) {
    await clock.sleep(renewalTime);
    if (keeping.signal.aborted) return;
    try {
      await db.send(
        new UpdateCommand({
          TableName: tables.messages,
          Key: { messageId },
          UpdateExpression: 'SET leaseUntil = :leaseUntil ADD version :one',
          ConditionExpression: '#state = :working AND attempts = :attempt',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: {
            ':working': 'working',
            ':attempt': attempt,
            ':leaseUntil': clock.now() + leaseTime,
            ':one': 1,
          },
        }),
      );
      await renewSlot({ db, clock, table: tables.control }, slot, holder);
    } catch (error) {
      const lost = error instanceof ConditionalCheckFailedException;
      keeping.abort(lost ? new PermanentError(`Return ${messageId} is not this transfer's any more`) : error);
      return;
    }
  }
}
