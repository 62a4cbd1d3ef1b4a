import type { MessageRecord } from '../../messages/record.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { isAhead, longestBackoff } from '../../platform/time.ts';
import { smallFile } from '../copy/chunks.ts';
import type { FileRow } from '../file.ts';
import type { ResultRow } from '../result.ts';
import { isResult } from '../rows.ts';
import { longestLease } from '../slots.ts';

/** A file that a delivery waits for, because another delivery is bringing it. */
export interface Awaited {
  entry: TransferEntry;
  record: AskingMessage | undefined;
  row: FileRow | undefined;
}

export type PlannedTransfer =
  | { kind: 'delivery'; files: FileRow[] }
  | { kind: 'return'; record: AskingMessage; fileId: string }
  | { kind: 'result'; result: ResultRow };

/** What has to be known of a message that asked for transfers; its text, which may be long, is not read. */
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

/** Most files moved together. */
export const maxBatch = 100;

/**
 * What transfers to start, in the order of their messages.
 *
 * @param entries what is still to be moved
 * @param messages the messages that asked for it
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
  /** Their files were to come, and are gone with a delivery that a person gave up. */
  const lostReturns: typeof usedUpReturns = [];
  /** Their files were stored, are damaged, and could not be fetched again. */
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
    // Until all files of a delivery are registered, none is moved: what is done could not be counted.
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

/** What a dead copy may still put is the file itself: the next copy need not wait for that, as a deletion has to. */
const isDueFile = (file: FileRow, at: Moment) =>
  (file.state === 'pending' && isDue({ ...file, leaseUntil: undefined, failures: failuresOf(file) }, at)) ||
  (file.state === 'copying' && isDue({ ...file, failures: failuresOf(file) }, at));

/** How many attempts, one after the other, brought nothing. */
const failuresOf = ({ failures = 0, restarts = 0 }: FileRow) => Math.max(failures, restarts);

const isDueResult = (result: ResultRow, at: Moment) =>
  (result.state === 'pending' || result.state === 'sending') && isDue(result, at);

const isDueReturn = (record: AskingMessage, at: Moment) =>
  isDue({ ...record, failures: record.attempts - (record.refusals ?? 0) }, at);

/** When it is decided, in milliseconds since 1970, and how long the poll's interval is, by which pauses go. */
interface Moment {
  now: number;
  pollSeconds: number;
}

function isDue(
  { dueAt, leaseUntil, failures }: { dueAt: number; leaseUntil?: number | undefined; failures: number },
  { now, pollSeconds }: Moment,
): boolean {
  const pauses = isAhead(dueAt, now, longestBackoff(failures, pollSeconds));
  return !pauses && !isAhead(leaseUntil, now, longestLease);
}
