import { isSettled, type LineEntry } from '../../../shared/messages/record.ts';
import { transfersLine } from '../../../shared/messages/subject.ts';
import { mayWork } from '../../../shared/messages/turn-order.ts';
import { isOpen } from '../../../shared/operations/incidents.ts';
import type { Rows, Tables } from './tables.ts';

/** Whether something is left to do, and all of it waits for a person. To be asked while nothing is at work. */
export async function waitsForPerson(tables: Pick<Tables, 'rows'>): Promise<boolean> {
  const [entries, incidents] = await Promise.all([
    Array.fromAsync(tables.rows('lines')),
    Array.fromAsync(tables.rows('incidents')),
  ]);
  return needsPerson(entries, incidents.filter(isOpen));
}

/**
 * What `waitsForPerson` decides by.
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
  // What is done is marked by the next poll, and what works on files goes on by itself, unless an incident says otherwise.
  const goesOn = ({ state, messageId }: LineEntry) =>
    (isSettled(state) || state === 'working') && !blamed.has(messageId);
  if (entries.some(goesOn)) return false;
  // A deletion may wait for what a person decides about the message that it is to undo.
  return mayWork(entries).every(({ yields }) => yields === true);
}
