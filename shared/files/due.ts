import { isDue } from '../messages/dispatch.ts';
import type { MessageRecord } from '../messages/record.ts';
import type { Awaited } from './awaited.ts';
import type { FileRow } from './file.ts';
import { isResult, type ResultRow } from './result.ts';
import type { TransferEntry } from './transfer.ts';

export type DueTransfer =
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
  'refusals',
  'dueAt',
  'leaseUntil',
  'lastError',
] as const;
export type AskingMessage = Pick<MessageRecord, (typeof askingAttributes)[number]>;

/** Up to this announced size, in bytes, files are moved together: the start of a transfer would cost more than the file. */
export const smallFile = 8 * 1024 * 1024;

/** Most files moved together. */
export const maxBatch = 100;

/**
 * What transfers to start, in the order of their messages.
 *
 * @param entries what is still to be moved
 * @param messages the messages that asked for it
 * @param now milliseconds since 1970
 */
export function dueTransfers(
  entries: readonly TransferEntry[],
  files: ReadonlyMap<string, FileRow | ResultRow>,
  messages: ReadonlyMap<string, AskingMessage>,
  { now, maxAttempts }: { now: number; maxAttempts: number },
) {
  const transfers: DueTransfer[] = [];
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
      if (!isDueResult(file, now)) continue;
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
      if (record?.state !== 'working' || !isDue(record, now)) continue;
      if (!file) lostReturns.push({ record, fileId });
      if (file?.state === 'failed' && file.storedAt !== undefined) damagedReturns.push({ record, file });
      if (file?.state !== 'stored') continue;
      if (record.attempts - (record.refusals ?? 0) >= maxAttempts) usedUpReturns.push({ record, fileId });
      else transfers.push({ kind: 'return', record, fileId });
      continue;
    }
    // Until all files of a delivery are registered, none is moved: what is done could not be counted.
    const registered = file?.storedAt !== undefined || record?.state === 'working' || record?.state === 'held';
    if (!registered || !file || !isDueFile(file, now)) continue;
    if (Math.max(file.failures ?? 0, file.restarts ?? 0) >= maxAttempts) usedUpFiles.push(file);
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
const isDueFile = ({ state, dueAt, leaseUntil = 0 }: FileRow, now: number) =>
  dueAt <= now && (state === 'pending' || (state === 'copying' && leaseUntil <= now));

const isDueResult = (result: ResultRow, now: number) =>
  (result.state === 'pending' || result.state === 'sending') && isDue(result, now);
