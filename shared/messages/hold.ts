import { type Incident, incidentWrite } from '../operations/incidents.ts';
import { transact, type Write } from '../platform/transaction.ts';
import type { MessageContext } from './context.ts';
import type { MessageRecord } from './record.ts';
import { transitionWrites } from './transition.ts';

/** What has to be known of a message to hold it. */
type HeldMessage = Pick<MessageRecord, 'messageId' | 'type' | 'line' | 'position' | 'state' | 'version'>;

/**
 * Takes a message out of work until a person decides, and raises the incident that says why. Does nothing when somebody
 * else changed the message since it was read.
 *
 * @param writes what else changes with it
 * @param lacks the subject for want of which it does not fit
 */
export async function hold(
  context: MessageContext,
  record: HeldMessage,
  incident: Incident,
  writes: Write[] = [],
  lacks?: string,
): Promise<void> {
  const { db, clock, tables, log } = context;
  const changes = { heldFrom: record.state, leaseUntil: undefined, lastError: incident.found };
  const outcome = await transact(db, clock, [
    ...transitionWrites(context, record, 'held', changes, { lacks }),
    incidentWrite(tables.incidents, incident, clock.now()),
    ...writes,
  ]);
  if (outcome === 'committed') log.warn('incident', { ...incident, messageType: record.type, held: true });
}
