import type { MessageContext } from '../../messages/context.ts';
import { describeError, isRetryable, PermanentError, TransientError } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import { withSubsegment } from '../../platform/trace.ts';
import type { OutboundFile } from '../../portal/client.ts';
import { PortalUnauthorizedError } from '../../portal/errors.ts';
import { escapeId } from '../../portal/id.ts';
import { omitUndefined } from '../../portal/json.ts';
import type { FileRow } from '../file.ts';
import { readOutboxKey } from '../outbox/key.ts';
import { isClaimedBy, ownResult, readFiles, readRows } from '../rows.ts';
import { checkReadMd5, DamagedFileError, findStored } from '../stored-object.ts';
import type { FileOutcome, Next, Outbound, Result, Return } from '../transfer.ts';
import { SendLease } from './lease.ts';
import { ObjectChangedError, type ObjectToRead, readIfMatch } from './open-object.ts';

export interface Sending extends Pick<MessageContext, 'db' | 'clock' | 'log' | 'tables' | 'portal' | 's3'> {
  bucket: string;
  /** Largest file, in bytes, sent as a form; larger files are streamed. */
  maxFormBytes: number;
}

/**
 * Sends a return or a result to the portal, streamed from S3.
 *
 * @param signal aborts before the function's timeout
 */
export async function sendFile(sending: Sending, transfer: Outbound, signal: AbortSignal): Promise<Outbound & Next> {
  const messageId = messageOf(transfer);
  const sent = () => leaseAndSend(sending, transfer, signal);
  return messageId === undefined ? sent() : withSubsegment(sending, { name: 'Send', messageId }, sent);
}

/** The keys of a log line about a file that is sent. */
export const namesOf = (transfer: Outbound) => ({
  kind: transfer.kind,
  messageId: messageOf(transfer),
  fileId: transfer.fileId,
  attempt: transfer.attempt,
});

/** Only a return has a message. */
const messageOf = (transfer: Outbound) => (transfer.kind === 'return' ? transfer.messageId : undefined);

async function leaseAndSend(sending: Sending, transfer: Outbound, signal: AbortSignal): Promise<Outbound & Next> {
  const names = namesOf(transfer);
  const lease = new SendLease(sending, transfer, (bytes) => {
    sending.log.info('sent so far', { ...names, ...emfMetrics({ BytesMoved: bytes }, sending.clock.now()) });
  });
  let outcome: FileOutcome = { kind: 'sent' };
  try {
    await lease.during(() => send(sending, transfer, lease, AbortSignal.any([signal, lease.signal])));
  } catch (error) {
    outcome = outcomeOf(error, transfer);
    sending.log.warn('sending failed', { ...names, error: describeError(error) });
  }
  const { leaseUntil } = lease;
  return { ...transfer, ...(transfer.kind === 'result' && omitUndefined({ leaseUntil })), outcome, next: 'complete' };
}

function outcomeOf(error: unknown, { kind }: Outbound): FileOutcome {
  if (kind === 'result' && error instanceof ObjectChangedError) return { kind: 'changed' };
  const unauthorized = error instanceof PortalUnauthorizedError;
  const damaged = error instanceof DamagedFileError && { damaged: true };
  return { kind: 'failed', error: describeError(error), retryable: isRetryable(error), unauthorized, ...damaged };
}

async function send(sending: Sending, transfer: Outbound, lease: SendLease, signal: AbortSignal): Promise<void> {
  const { portal, maxFormBytes } = sending;
  if (transfer.kind === 'return') {
    const stored = await storedFile(sending, transfer);
    const { portalId = stored.fileId } = stored;
    const version = await findStored(sending.s3, sending.bucket, stored);
    const check = (md5: string) => checkReadMd5(stored, md5);
    // The portal identifies the file by the id in the path: the form only needs a name, of at most 256 bytes.
    const file = fileOf(sending, escapeId(portalId).slice(0, 200), version, { lease, signal, check });
    const post = file.size <= maxFormBytes ? portal.returnFile : portal.returnLargeFile;
    return post(portalId, file, signal);
  }
  const { projectNo, fileName, version } = await resultVersion(sending, transfer, lease);
  const file = fileOf(sending, fileName, version, { lease, signal });
  const post = file.size <= maxFormBytes ? portal.sendFile : portal.sendLargeFile;
  return post(projectNo, file, signal);
}

function fileOf(
  { s3 }: Sending,
  fileName: string,
  version: ObjectToRead,
  { lease, signal, check }: { lease: SendLease; signal: AbortSignal; check?: (md5: string) => void },
): OutboundFile {
  const { size } = version;
  return {
    fileName,
    size,
    open() {
      lease.begin(size);
      return readIfMatch(s3, version, { onRead: (bytes) => lease.read(bytes), signal, ...(check && { check }) });
    },
  };
}

async function storedFile(sending: Sending, { fileId }: Return): Promise<FileRow> {
  const row = (await readFiles(sending, [fileId])).get(fileId);
  // The file's deletion settles the return, too, so no incident is needed.
  if (row?.state === 'deleting') throw new TransientError(`File ${fileId} is being deleted`);
  if (row?.state !== 'stored') throw new PermanentError(`File ${fileId} is not stored`);
  return row;
}

async function resultVersion(sending: Sending, transfer: Result, lease: SendLease) {
  const { bucket } = sending;
  const key = transfer.fileId;
  const found = (await readRows(sending, [key])).get(key);
  // Also for a result that is being deleted, because its deletion waits for the lease.
  if (found && isClaimedBy(found, transfer)) lease.leaseUntil ??= found.leaseUntil;
  const row = ownResult(found, transfer);
  const name = readOutboxKey(key);
  if (!row || !name || 'found' in name) throw new PermanentError(`${key} no longer belongs to this transfer`);
  const { etag, size } = row;
  return { ...name, version: { bucket, key, etag, size } };
}
