import { retriedWrites } from '../../operations/incidents.ts';
import { transact } from '../../platform/transaction.ts';
import type { MessageContext } from '../context.ts';
import { dispatchLine } from '../dispatch.ts';
import { isDue } from '../due.ts';
import { readMessage } from '../read.ts';
import type { LineEntry, MessageRecord } from '../record.ts';
import { transitionWrites } from '../transition.ts';
import { creates, isRevocation, isWorkable } from '../turn-order.ts';
import { type LinePlace, olderOf } from './line-place.ts';

/**
 * Retries at once the messages that waited for the subject which a message has created: older messages that did not fit without
 * it, and revocations behind it. After a crash in between they stay held with their incidents, or are retried after two polls.
 *
 * @param record the message after its processing
 * @returns ids of the retried messages of its own line
 */
export async function retryMismatched(
  context: MessageContext,
  record: MessageRecord,
  place: LinePlace,
): Promise<Set<string>> {
  const retried = new Set<string>();
  if (record.state !== 'applied' && record.state !== 'working' && record.state !== 'done') return retried;
  const { own, entries } = place;
  const isWaiting = ({ line, subject, state, yields, position }: LineEntry) =>
    line === own.line && position > own.position && subject === own.subject && isWorkable(state) && yields === true;
  const fitting = [
    ...olderOf(place).filter(({ type, lacks }) => !isRevocation(type) && creates(own, lacks)),
    ...(record.type === 'CreateProjectAccess' ? entries.filter(isWaiting) : []),
  ];
  for (const { messageId, line } of fitting) {
    if (!(await retry(context, record, messageId))) continue;
    if (line === record.line) retried.add(messageId);
    else await dispatchLine(context, line);
  }
  return retried;
}

/** @returns whether the message was made due */
async function retry(
  context: MessageContext,
  { type, messageId: by }: MessageRecord,
  messageId: string,
): Promise<boolean> {
  const record = await readMessage(context, messageId);
  const at = context.clock.now();
  const isHeld = record?.state === 'held' && record.heldFrom === 'open';
  const waits = record && isWorkable(record.state) && isDue({ ...record, dueAt: at }, at, context.settings.pollSeconds);
  if (!record || (!isHeld && !waits)) return false;
  const again = { dueAt: at, attempts: 0, heldFrom: undefined, lastError: undefined };
  const incident = { kind: 'mismatch', subject: messageId } as const;
  const decision = { reason: `${type} ${by} has created what it lacked`, at };
  const outcome = await transact(context.db, context.clock, [
    ...transitionWrites(context, record, isHeld ? 'open' : record.state, again),
    ...(isHeld ? retriedWrites(context, incident, decision) : []),
  ]);
  return outcome === 'committed';
}
