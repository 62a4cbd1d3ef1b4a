import { isSettled, type LineEntry } from '../../../shared/messages/record.ts';
import { transfersLine } from '../../../shared/messages/subject.ts';
import { mayWork } from '../../../shared/messages/turn-order.ts';
import { isOpen } from '../../../shared/operations/incidents.ts';
import type { OpenedTables, Rows } from './tables.ts';

/** Whether work is left and all of it waits for a person. To be called while no work is in progress. */
export async function waitsForPerson(tables: Pick<OpenedTables, 'rows'>): Promise<boolean> {
  const [entries, incidents] = await Promise.all([
    Array.fromAsync(tables.rows('lines')),
    Array.fromAsync(tables.rows('incidents')),
  ]);
  return needsPerson(entries, incidents.filter(isOpen));
}

/**
 * The decision of `waitsForPerson`.
 *
 * @param entries of all lines
 * @param open the incidents that are open
 */
export function needsPerson(
  entries: readonly LineEntry[],
  open: readonly Pick<Rows['incidents'], 'kind' | 'messageId'>[],
): boolean {
  if (open.some(({ kind }) => kind === 'portal-unauthorized')) return true;
  if (entries.length === 0 || entries.some(({ line }) => line === transfersLine)) return false;
  const blamed = new Set(open.map(({ messageId }) => messageId));
  // The next poll marks completed messages, and transfers continue by themselves, unless there is an incident.
  const goesOn = ({ state, messageId }: LineEntry) =>
    (isSettled(state) || state === 'working') && !blamed.has(messageId);
  if (entries.some(goesOn)) return false;
  // A deletion may wait for a person's decision about the message that it undoes.
  return mayWork(entries).every(({ yields }) => yields === true);
}
