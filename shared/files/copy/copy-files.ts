import { forEachConcurrently } from '../../platform/concurrency.ts';
import { describeError, isRetryable } from '../../platform/errors.ts';
import { emfMetrics } from '../../platform/metrics.ts';
import type { Clock } from '../../platform/time.ts';
import { withSubsegment } from '../../platform/trace.ts';
import { PortalUnauthorizedError } from '../../portal/errors.ts';
import type { FileRow } from '../file.ts';
import { isClaimedBy, readFiles } from '../rows.ts';
import type { Delivery, DeliveryFile, FileOutcome, Next } from '../transfer.ts';
import { ChecksumError } from './check-md5.ts';
import { ownRow } from './complete-delivery.ts';
import { type CopyIO, copyFile } from './copy.ts';
import { keepIdle } from './keep-idle.ts';
import { type Copying, FileLease, LeaseLostError } from './lease.ts';

/** Most files of a batch copied concurrently. */
const maxAtOnce = 16;

/** The share of a function's time that is left when a copy starts nothing new: 3 of 15 minutes, for chunks in flight. */
const marginShare = 0.2;

/**
 * Whether too little of a function's time is left to start anything new. The margin is a share of the time left at the call,
 * so that a function of any timeout copies.
 *
 * @param timeout of the function, in milliseconds since 1970
 */
export function timeIsUp(clock: Pick<Clock, 'now'>, timeout: number): () => boolean {
  const deadline = timeout - marginShare * (timeout - clock.now());
  return () => clock.now() >= deadline;
}

/** How many files may be copied concurrently within the limit of bytes in memory. */
function atOnce(rows: Iterable<FileRow>, { bytesInFlight, chunks }: CopyIO): number {
  const largest = Math.max(1, ...Iterator.from(rows).map(({ size = chunks.size }) => Math.min(size, chunks.size)));
  return Math.max(1, Math.min(maxAtOnce, Math.floor(bytesInFlight / largest)));
}

/**
 * Copies the files of a transfer that have no outcome yet, until the time is up; the state machine then invokes it again for
 * the rest. Leaves out files that no longer belong to the transfer.
 *
 * @param isTimeUp called before each file and after each part
 */
export async function copyFiles(
  copying: Copying,
  io: CopyIO,
  delivery: Delivery,
  isTimeUp: () => boolean,
): Promise<Delivery & Next> {
  const rows = await readFiles(
    copying,
    delivery.files.map((file) => file.fileId),
  );
  const [messageId, ...others] = new Set([...rows.values()].map((row) => row.messageId));
  const copy = () => copyRows(copying, io, delivery, rows, isTimeUp);
  // A trace is annotated with one message, so a batch of several has none.
  return messageId === undefined || others.length > 0
    ? copy()
    : withSubsegment(copying, { name: 'Copy', messageId }, copy);
}

async function copyRows(
  copying: Copying,
  io: CopyIO,
  delivery: Delivery,
  rows: ReadonlyMap<string, FileRow>,
  isTimeUp: () => boolean,
): Promise<Delivery & Next> {
  const outcomes = new Map<string, FileOutcome>();
  const leases = new Map(delivery.files.map(({ fileId, leaseUntil }) => [fileId, leaseUntil]));
  const ours = delivery.files.filter((file) => file.outcome || ownRow(rows, file) || isStopped(rows, file));
  const toCopy = ours.filter((file) => !file.outcome && ownRow(rows, file));
  const underCopy = new Set<DeliveryFile>();
  const over = new AbortController();
  const moved = new Map<string, number>();
  // Files copied concurrently share the bandwidth.
  const floor = () => Math.floor(io.minBytesPerSecond / Math.max(1, underCopy.size));
  const limits = { firstByteTime: io.firstByteTime, floor };
  const idle = () => ours.filter((file) => !underCopy.has(file));
  keepIdle(
    copying,
    () => idle().map((file) => ({ ...file, messageId: rows.get(file.fileId)?.messageId })),
    over.signal,
    (fileId, leaseUntil) => leases.set(fileId, leaseUntil),
  );
  await forEachConcurrently(toCopy, atOnce(rows.values(), io), async (file) => {
    const row = ownRow(rows, file);
    if (!row || isTimeUp()) return;
    underCopy.add(file);
    const held = { ...row, leaseUntil: leases.get(file.fileId) };
    const lease = new FileLease(copying, delivery, file, held, isTimeUp, limits);
    const outcome = await copyOne(copying, io, lease, file, row);
    moved.set(file.fileId, lease.bytesMoved);
    leases.set(file.fileId, lease.returnable);
    underCopy.delete(file);
    if (outcome) outcomes.set(file.fileId, outcome);
  });
  over.abort();
  for (const [messageId, files] of Map.groupBy(toCopy, ({ fileId }) => rows.get(fileId)?.messageId)) {
    const BytesMoved = files.reduce((sum, { fileId }) => sum + (moved.get(fileId) ?? 0), 0);
    const copied = files.filter(({ fileId }) => outcomes.has(fileId)).length;
    copying.log.info('copied', { messageId, files: copied, ...emfMetrics({ BytesMoved }, copying.clock.now()) });
  }
  const files = ours.map((file) => ({
    ...file,
    leaseUntil: leases.get(file.fileId),
    ...(isStopped(rows, file) ? { outcome: stopped } : outcomeOf(outcomes.get(file.fileId))),
  }));
  const unfinished = isTimeUp() && files.some((file) => !file.outcome);
  return { ...delivery, files, next: unfinished ? 'copy' : 'complete' };
}

const stopped = { kind: 'stopped' } as const;

/** Whether a file of this transfer is being deleted. */
function isStopped(rows: ReadonlyMap<string, FileRow>, { fileId, ...claim }: DeliveryFile): boolean {
  const row = rows.get(fileId);
  return row?.state === 'deleting' && isClaimedBy(row, claim);
}

const outcomeOf = (outcome: FileOutcome | undefined) => (outcome ? { outcome } : {});

async function copyOne(
  { log }: Copying,
  io: CopyIO,
  lease: FileLease,
  { fileId, attempt }: DeliveryFile,
  row: FileRow,
): Promise<FileOutcome | undefined> {
  try {
    const copied = await lease.during(() => copyFile(io, row, lease));
    return copied && { kind: 'copied', ...copied };
  } catch (error) {
    const text = describeError(error);
    log.warn('copy failed', { messageId: row.messageId, fileId, attempt, error: text });
    if (error instanceof LeaseLostError) return stopped;
    const checksum = error instanceof ChecksumError;
    const unauthorized = error instanceof PortalUnauthorizedError;
    return { kind: 'failed', error: text, retryable: isRetryable(error), checksum, unauthorized };
  }
}
