import { incidentWrites } from '../../operations/incidents.ts';
import { countMismatch, mismatchesThisHour } from '../../operations/mismatches.ts';
import { transact } from '../../platform/transaction.ts';
import { redispatchTime } from '../due.ts';
import { hold } from '../hold.ts';
import type { MessageRecord } from '../record.ts';
import { transitionWrites, withChanges } from '../transition.ts';
import { isRevocation } from '../turn-order.ts';
import type { HandlerContext, MessagePlan } from './handler.ts';

// A message that does not fit the tables.

type Mismatch = Extract<MessagePlan, { kind: 'mismatch' }>;

/**
 * Lets a later message of the line overtake that creates the project which this message lacks: the portal may list messages in
 * inverted order. Once applied, the later message makes this one due at once.
 *
 * @returns undefined when no later message does
 */
export function waitToFit(
  { context: { clock, settings }, record, entries }: Pick<HandlerContext, 'context' | 'record' | 'entries'>,
  { lacks }: Mismatch,
): MessagePlan | undefined {
  if (lacks !== record.line || isRevocation(record.type)) return undefined;
  const later = entries.filter(
    ({ line, position, state }) => line === record.line && position > record.position && state === 'open',
  );
  // A project that is deleted first needs no message before its deletion.
  const first = later.find(({ type }) => type === 'CreateProject' || type === 'DeleteProject');
  if (first?.type !== 'CreateProject') return undefined;
  return { kind: 'wait', until: clock.now() + redispatchTime(settings.pollSeconds), yields: true, lacks };
}

/**
 * Raises an incident and settles the message. Holds it instead where it would be lost otherwise, and when there are more
 * mismatches within an hour than usual: then the tables are probably wrong, not the portal.
 *
 * @returns the message after the change; undefined if it was refused
 */
export async function settleMismatch(
  { context, record }: Pick<HandlerContext, 'context' | 'record'>,
  { expected, found, held, lacks }: Mismatch,
): Promise<MessageRecord | undefined> {
  const { db, clock, tables, settings, log } = context;
  const { messageId, type: messageType } = record;
  const now = clock.now();
  const incident = { kind: 'mismatch', subject: messageId, messageId, expected, found } as const;
  const flood = (await mismatchesThisHour(db, tables.control, now)) >= settings.mismatchesPerHour;
  await countMismatch(db, tables.control, now);
  if (held || flood || settings.holdMismatchesOf.includes(messageType)) {
    await hold(context, record, incident, [], lacks);
    return withChanges(record, { state: 'held', leaseUntil: undefined });
  }
  const changes = { settledAt: now, leaseUntil: undefined };
  const outcome = await transact(db, clock, [
    ...transitionWrites(context, record, 'done', changes),
    ...incidentWrites(context, incident, { at: now }),
  ]);
  if (outcome === 'refused') return undefined;
  log.warn('incident', { ...incident, messageType });
  return withChanges(record, { ...changes, state: 'done' });
}
