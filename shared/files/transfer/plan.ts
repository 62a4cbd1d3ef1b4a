import type { MessageRecord } from '../../messages/record.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { longestBackoff } from '../../platform/backoff.ts';
import { isAhead } from '../../platform/time.ts';
import { chunkSize } from '../copy/chunks.ts';
import type { FileRow } from '../file.ts';
import { longestFileLease } from '../lease-times.ts';
import type { ResultRow } from '../result.ts';
import { isResult } from '../rows.ts';

/** A file that a delivery waits for because another delivery is fetching it. */
export interface Awaited {
  entry: TransferEntry;
  record: AskingMessage | undefined;
  row: FileRow | undefined;
}

export type PlannedTransfer =
  | { kind: 'delivery'; files: FileRow[] }
  | { kind: 'return'; record: AskingMessage; fileId: string }
  | { kind: 'result'; result: ResultRow };

/** The attributes needed of a message that asked for transfers. The text is left out because it may be long. */
export const askingAttributes = [
  'messageId',
  'type',
  'line',
  'position',
  'state',
  'version',
  'attempts',
  'transfers',
  'refusals',
  'dueAt',
  'leaseUntil',
  'lastError',
] as const;
export type AskingMessage = Pick<MessageRecord, (typeof askingAttributes)[number]>;

/** The number of a return's next transfer. */
export const nextTransfer = ({ transfers = 0 }: Pick<MessageRecord, 'transfers'>): number => transfers + 1;

/** Files announced up to this size, in bytes, share a transfer: starting one for each would cost more than the file. */
export const smallFile = chunkSize;

/** Most files of one transfer. */
export const maxBatch = 100;

/**
 * Decides which transfers to start, in the order of their messages.
 *
 * @param entries the open transfers
 * @param messages the messages that asked for them
 */
export function planTransfers(
  entries: readonly TransferEntry[],
  files: ReadonlyMap<string, FileRow | ResultRow>,
  messages: ReadonlyMap<string, AskingMessage>,
  { maxAttempts, ...at }: Moment & { maxAttempts: number },
) {
  const transfers: PlannedTransfer[] = [];
  const usedUpFiles: FileRow[] = [];
  const usedUpReturns: { record: AskingMessage; fileId: string }[] = [];
  const usedUpResults: ResultRow[] = [];
  /** Returns whose files were expected, but were removed with a delivery that an operator gave up. */
  const lostReturns: typeof usedUpReturns = [];
  /** Returns whose files were stored, are damaged and could not be fetched again. */
  const damagedReturns: { record: AskingMessage; file: FileRow }[] = [];
  const awaited: Awaited[] = [];
  let batch: FileRow[] = [];
  for (const entry of entries) {
    const { kind, fileId, messageId } = entry;
    const file = files.get(fileId);
    if (file && isResult(file)) {
      if (!isDueResult(file, at)) continue;
      if (file.failures >= maxAttempts) usedUpResults.push(file);
      else transfers.push({ kind: 'result', result: file });
      continue;
    }
    const record = messages.get(messageId ?? '');
    if (entry.awaits !== undefined) {
      awaited.push({ entry, record, row: file });
      continue;
    }
    if (kind === 'return') {
      if (record?.state !== 'working' || !isDueReturn(record, at)) continue;
      if (!file) lostReturns.push({ record, fileId });
      if (file?.state === 'failed' && file.storedAt !== undefined) damagedReturns.push({ record, file });
      if (file?.state !== 'stored') continue;
      if (record.attempts - (record.refusals ?? 0) >= maxAttempts) usedUpReturns.push({ record, fileId });
      else transfers.push({ kind: 'return', record, fileId });
      continue;
    }
    // No file of a delivery is fetched until all its files are registered: before that, stored files could not be counted.
    const registered = file?.storedAt !== undefined || record?.state === 'working' || record?.state === 'held';
    if (!registered || !file || !isDueFile(file, at)) continue;
    if (failuresOf(file) >= maxAttempts) usedUpFiles.push(file);
    else if ((file.size ?? Number.POSITIVE_INFINITY) > smallFile) transfers.push({ kind: 'delivery', files: [file] });
    else {
      if (batch.length === 0 || batch.length === maxBatch) {
        batch = [];
        transfers.push({ kind: 'delivery', files: batch });
      }
      batch.push(file);
    }
  }
  return { transfers, usedUpFiles, usedUpReturns, usedUpResults, lostReturns, damagedReturns, awaited };
}

/** Whether the state of an entry's file alone tells that the entry is not due, so that its message need not be read. */
export function isUnderWay(
  { kind, awaits }: TransferEntry,
  file: FileRow | ResultRow | undefined,
  at: Moment,
): boolean {
  if (!file || isResult(file) || awaits !== undefined) return false;
  return kind === 'return' ? file.state !== 'stored' && file.state !== 'failed' : !isDueFile(file, at);
}

/** A copy that died can at worst still write the same file, so a new copy may start at once; a deletion must wait for the lease. */
const isDueFile = (file: FileRow, at: Moment) =>
  (file.state === 'pending' && isDue({ ...file, leaseUntil: undefined, failures: failuresOf(file) }, at)) ||
  (file.state === 'copying' && isDue({ ...file, failures: failuresOf(file) }, at));

/** Number of consecutive attempts without progress. */
const failuresOf = ({ failures = 0, restarts = 0 }: FileRow) => Math.max(failures, restarts);

const isDueResult = (result: ResultRow, at: Moment) =>
  (result.state === 'pending' || result.state === 'sending') && isDue(result, at);

const isDueReturn = (record: AskingMessage, at: Moment) =>
  isDue({ ...record, failures: record.attempts - (record.refusals ?? 0) }, at);

/** The current time, in milliseconds since 1970, and the poll interval, on which backoffs depend. */
interface Moment {
  now: number;
  pollSeconds: number;
}

function isDue(
  { dueAt, leaseUntil, failures }: { dueAt: number; leaseUntil?: number | undefined; failures: number },
  { now, pollSeconds }: Moment,
): boolean {
  const pauses = isAhead(dueAt, now, longestBackoff(failures, pollSeconds));
  return !pauses && !isAhead(leaseUntil, now, longestFileLease);
}
