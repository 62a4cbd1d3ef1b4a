import { redispatchTime } from '../messages/dispatch.ts';
import type { Plan, Turn } from '../messages/effect.ts';
import { accessSubject } from '../messages/lines.ts';

/**
 * A revocation passes held messages, but not the one that would create the very access that it revokes: there is nothing
 * to revoke yet, and to forget the revocation would let a later creation stand.
 */
export function waitsForCreation({ bridge, older, data }: Turn<'DisableProjectAccess'>): Plan | undefined {
  const subject = accessSubject(data.accessIdentifier);
  const creationHeld = older.some(
    (entry) => entry.type === 'CreateProjectAccess' && entry.subject === subject && entry.state === 'held',
  );
  if (!creationHeld) return undefined;
  return { kind: 'wait', until: bridge.clock.now() + redispatchTime(bridge.settings.pollSeconds) };
}
