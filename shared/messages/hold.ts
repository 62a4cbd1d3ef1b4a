import { type Incident, incidentWrites } from '../operations/incidents.ts';
import { transact, type Write } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import type { MessageRecord } from './record.ts';
import { transitionWrites } from './transition.ts';

/** The attributes of a message needed to hold it. */
type HeldMessage = Pick<MessageRecord, 'messageId' | 'type' | 'line' | 'position' | 'state' | 'version'>;

/**
 * Stops processing a message until a person decides, and opens the incident that gives the reason. Does nothing if the message
 * has changed since it was read.
 *
 * @param writes further changes in the same transaction
 * @param lacks the missing subject because of which the message does not fit
 */
export async function hold(
  context: MessageContext,
  record: HeldMessage,
  incident: Incident,
  writes: Write[] = [],
  lacks?: string,
): Promise<void> {
  const { db, clock, log } = context;
  const changes = { heldFrom: record.state, leaseUntil: undefined, lastError: incident.found };
  const outcome = await transact(db, clock, [
    ...transitionWrites(context, record, 'held', changes, { lacks }),
    ...incidentWrites(context, incident),
    ...writes,
  ]);
  if (outcome === 'committed') log.warn('incident', { ...incident, messageType: record.type, held: true });
}
