import type { OperatorContext } from '../../decisions/context.ts';
import type { LineEntry } from '../../messages/record.ts';
import { transfersLine } from '../../messages/subject.ts';
import type { TransferEntry } from '../../messages/transfers-line.ts';
import { scan } from '../../platform/dynamodb.ts';

/** The places of all messages that are not marked yet, in no order. Reads the table of lines, as each poll does. */
export async function* unmarkedEntries({
  db,
  tables,
}: Pick<OperatorContext, 'db' | 'tables'>): AsyncGenerator<LineEntry> {
  for await (const entry of scan<LineEntry | TransferEntry>(db, tables.lines)) {
    if (entry.line !== transfersLine) yield entry as LineEntry;
  }
}

/** Entries in the order of the portal. */
export const inOrder = <Entry extends Pick<LineEntry, 'position'>>(entries: readonly Entry[]): Entry[] =>
  entries.toSorted((one, other) => (one.position < other.position ? -1 : 1));
