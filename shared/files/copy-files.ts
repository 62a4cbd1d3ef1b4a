import { forEachConcurrently } from '../platform/concurrency.ts';
import { describeError, isRetryable } from '../platform/errors.ts';
import { ChecksumError, type CopyIO, copyFile } from './copy.ts';
import { readFiles } from './file.ts';
import { type Copying, FileLease, keepIdle, LeaseLostError } from './lease.ts';
import { ownRow } from './settle.ts';
import type { Delivery, DeliveryFile, Next, Outcome } from './transfer.ts';

/** How many files of a batch are copied at once. They are small: a batch in flight holds at most 16 × 8 MiB. */
const atOnce = 16;

/**
 * Copies the files of a transfer that have no outcome yet, until the time is up; then the state machine comes again for
 * the rest. Files that are not the transfer's any more are left out.
 *
 * @param isTimeUp asked before each file
 */
export async function copyFiles(
  copying: Copying,
  io: CopyIO,
  delivery: Delivery,
  isTimeUp: () => boolean,
): Promise<Delivery & Next> {
  const { tables } = copying;
  const rows = await readFiles(
    copying,
    tables.files,
    delivery.files.map((file) => file.fileId),
  );
  const outcomes = new Map<string, Outcome>();
  const ours = delivery.files.filter((file) => file.outcome || ownRow(rows, file));
  const toCopy = ours.filter((file) => !file.outcome);
  const underCopy = new Set<DeliveryFile>();
  const over = new AbortController();
  keepIdle(copying, () => ours.filter((file) => !underCopy.has(file)), over.signal);
  await forEachConcurrently(toCopy, atOnce, async (file) => {
    const row = ownRow(rows, file);
    if (!row || isTimeUp()) return;
    underCopy.add(file);
    const outcome = await copyOne(copying, io, delivery, file, row);
    underCopy.delete(file);
    if (outcome) outcomes.set(file.fileId, outcome);
  });
  over.abort();
  const files = ours.map((file) => ({ ...file, ...outcomeOf(outcomes.get(file.fileId)) }));
  const unfinished = isTimeUp() && files.some((file) => !file.outcome);
  return { ...delivery, files, next: unfinished ? 'copy' : 'complete' };
}

const outcomeOf = (outcome: Outcome | undefined) => (outcome ? { outcome } : {});

async function copyOne(
  copying: Copying,
  io: CopyIO,
  delivery: Delivery,
  file: DeliveryFile,
  row: Parameters<typeof copyFile>[1],
): Promise<Outcome | undefined> {
  const { log } = copying;
  const { fileId, attempt } = file;
  const lease = new FileLease(copying, delivery, file, row.leaseUntil ?? 0);
  try {
    const copied = await lease.during(() => copyFile(io, row, lease));
    return { kind: 'copied', ...copied };
  } catch (error) {
    const text = describeError(error);
    log.warn('copy failed', { fileId, attempt, error: text });
    if (error instanceof LeaseLostError) return undefined;
    return { kind: 'failed', error: text, retryable: isRetryable(error), checksum: error instanceof ChecksumError };
  }
}
