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
 * The owner of an entry in the line of transfers, its file or its message, and the states in which the owner needs the entry. The
 * entry of a file that is being deleted is removed with the file.
 */
export function neededBy({ kind, awaits }: Pick<TransferEntry, 'kind' | 'awaits'>) {
  if (kind === 'return') return { by: 'message', states: ['working'] } as const;
  if (awaits !== undefined)
    return { by: 'message', states: ['open', 'applying', 'applied', 'working', 'held'] } as const;
  return { by: 'file', states: ['pending', 'copying', 'sending', 'deleting'] } as const;
}

/**
 * Finds an entry in the line of transfers that will never be processed.
 *
 * @param state of the message that asked for the transfer
 */
export function differenceOfEntry(
  entry: TransferEntry,
  row: Pick<FileRow | ResultRow, 'state'> | undefined,
  state: MessageState | undefined,
): Difference | undefined {
  const { by, states } = neededBy(entry);
  const now = by === 'file' ? row?.state : state;
  if (states.some((needing) => needing === now)) return undefined;
  const { fileId: subject, kind } = entry;
  const unknown = (found: string): Difference => ({ kind: 'transfer-unknown', subject, found });
  if (by === 'file') return unknown(`it is to be moved, and ${now ? `is ${now}` : 'there is no such file'}`);
  return unknown(`${kind === 'return' ? 'it is to be returned, and its message' : 'its delivery'} is ${now ?? 'gone'}`);
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
