import type { FileRow } from '../files/file.ts';
import type { ResultRow } from '../files/result.ts';
import { isResult } from '../files/rows.ts';
import type { LineEntry, MessageState } from '../messages/record.ts';
import { isSettled } from '../messages/record.ts';
import type { TransferEntry } from '../messages/transfers-line.ts';

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

/** Something that should not be so. */
export interface Difference {
  kind: (typeof differenceKinds)[number];
  /** A file's id, an object's key, or a message's id. */
  subject: string;
  found: string;
}

/**
 * What differs between a file's row and its object.
 *
 * @param size of the object, in bytes; nothing when there is none
 */
export function differenceOfObject(row: FileRow, size: number | undefined): Difference | undefined {
  if (row.state !== 'stored' || size === row.size) return undefined;
  const subject = row.fileId;
  if (size === undefined) return { kind: 'object-missing', subject, found: 'it is stored, and S3 has no such object' };
  return { kind: 'object-differs', subject, found: `it is stored with ${row.size} bytes, and S3 has ${size}` };
}

/** Whether a file has to be among those to be moved. */
const isToBeMoved = (row: FileRow | ResultRow): boolean =>
  isResult(row)
    ? row.state === 'pending' || row.state === 'sending'
    : row.state === 'pending' || row.state === 'copying';

/** A file that would never be moved, because nobody looks at it. */
export function differenceOfRow(row: FileRow | ResultRow, entry: TransferEntry | undefined): Difference | undefined {
  if (!isToBeMoved(row) || entry) return undefined;
  return {
    kind: 'transfer-missing',
    subject: row.fileId,
    found: `it is ${row.state}, and not among those to be moved`,
  };
}

/**
 * What stands among the transfers to do and will never be done.
 *
 * @param state of the message that asked for it
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
  // What is being deleted goes with its file.
  return isToBeMoved(row) || row.state === 'deleting' ? undefined : unknown(`it is to be moved, and is ${row.state}`);
}

/** What differs between the messages not marked yet and the portal's list, which came to its end. */
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

/** What a listed message is to the tables, if it is not known: new, or other content under a known id. */
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
