import type { Incident } from '../../operations/incidents.ts';
import type { MessageRecord } from '../record.ts';

/** Whether a message that may be processed has to wait for a person's approval. */
export function needsApproval(
  { type, state, approved }: Pick<MessageRecord, 'type' | 'state' | 'approved'>,
  holdTypes: readonly string[],
): boolean {
  return state === 'open' && !approved && holdTypes.includes(type);
}

/** Notifies operators of a message that waits for approval. */
export const approvalIncident = ({ messageId, type }: Pick<MessageRecord, 'messageId' | 'type'>): Incident => ({
  kind: 'needs-approval',
  subject: messageId,
  messageId,
  expected: `a person approves of ${type}`,
  found: 'nobody has yet',
});
