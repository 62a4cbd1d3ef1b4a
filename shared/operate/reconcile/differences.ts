import type { FileRow } from '../../files/file.ts';
import type { ResultRow } from '../../files/result.ts';
import { isResult } from '../../files/rows.ts';
import type { LineEntry, MessageState } from '../../messages/record.ts';
import { isSettled } from '../../messages/record.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';

/** Every kind of difference; infra/monitoring/RUNBOOK.md has an article for each. */
export const differenceKinds = [
  'object-missing',
  'object-differs',
  'object-unknown',
  'transfer-missing',
  'transfer-unknown',
  'message-unlisted',
  'message-reused',
  'message-unknown',
] as const;

/** An inconsistency. */
export interface Difference {
  kind: (typeof differenceKinds)[number];
  /** A file's id, an object's key, or a message's id. */
  subject: string;
  found: string;
}

/**
 * Compares a file's row with its object.
 *
 * @param size of the object, in bytes; undefined if it is missing
 */
export function differenceOfObject(row: FileRow, size: number | undefined): Difference | undefined {
  if (row.state !== 'stored' || size === row.size) return undefined;
  const subject = row.fileId;
  if (size === undefined) return { kind: 'object-missing', subject, found: 'it is stored, and S3 has no such object' };
  return { kind: 'object-differs', subject, found: `it is stored with ${row.size} bytes, and S3 has ${size}` };
}

/** Whether a file must have an entry in the line of transfers. */
const isToBeMoved = (row: FileRow | ResultRow): boolean =>
  isResult(row)
    ? row.state === 'pending' || row.state === 'sending'
    : row.state === 'pending' || row.state === 'copying';

/** Finds a file that would never be transferred because its entry is missing. */
export function differenceOfRow(row: FileRow | ResultRow, entry: TransferEntry | undefined): Difference | undefined {
  if (!isToBeMoved(row) || entry) return undefined;
  return {
    kind: 'transfer-missing',
    subject: row.fileId,
    found: `it is ${row.state}, and not among those to be moved`,
  };
}

/**
 * Finds an entry in the line of transfers that will never be processed.
 *
 * @param state of the message that asked for the transfer
 */
export function differenceOfEntry(
  { kind, fileId, awaits }: TransferEntry,
  row: FileRow | ResultRow | undefined,
  state: MessageState | undefined,
): Difference | undefined {
  const unknown = (found: string): Difference => ({ kind: 'transfer-unknown', subject: fileId, found });
  if (kind === 'return') {
    return state === 'working' ? undefined : unknown(`it is to be returned, and its message is ${state ?? 'gone'}`);
  }
  if (awaits !== undefined) {
    return state && !isSettled(state) && state !== 'marked' ? undefined : unknown(`its delivery is ${state ?? 'gone'}`);
  }
  if (!row) return unknown('it is to be moved, and there is no such file');
  // The entry of a file that is being deleted is removed with the file.
  return isToBeMoved(row) || row.state === 'deleting' ? undefined : unknown(`it is to be moved, and is ${row.state}`);
}

/** Compares the messages not marked yet with a complete list of the portal. */
export function differencesOfList(
  entries: readonly Pick<LineEntry, 'messageId' | 'state'>[],
  listed: ReadonlySet<string>,
): Difference[] {
  return entries.flatMap(({ messageId: subject, state }) =>
    listed.has(subject) || isSettled(state)
      ? []
      : [{ kind: 'message-unlisted', subject, found: `it is ${state}, and the portal lists it no more` }],
  );
}

/** The difference of a listed message that is not recorded: new, or other content under a known id. */
export function differenceOfMatch(
  { messageId: subject }: { messageId: string },
  kind: 'new' | 'undecided',
): Difference {
  return kind === 'new'
    ? { kind: 'message-unknown', subject, found: 'the portal lists it, and no poll took it yet' }
    : {
        kind: 'message-reused',
        subject,
        found: 'the portal lists it with other content, and nobody decided about that',
      };
}
