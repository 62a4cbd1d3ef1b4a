import { isStuck, type Plan, type Turn, waitForPerson } from '../messages/effect.ts';
import { accessSubject } from '../messages/lines.ts';

/**
 * A revocation passes held messages and what is stuck behind them, but not the one that would create the very access that it
 * revokes: there is nothing to revoke yet, and to forget the revocation would let a later creation stand.
 */
export function waitsForCreation({ bridge, older, data }: Turn<'DisableProjectAccess'>): Plan | undefined {
  const subject = accessSubject(data.accessIdentifier);
  const creationHeld = older.some(
    (entry) => entry.type === 'CreateProjectAccess' && entry.subject === subject && isStuck(entry),
  );
  if (!creationHeld) return undefined;
  return waitForPerson(bridge);
}
