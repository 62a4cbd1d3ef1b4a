import type { Incident } from '../../operations/incidents.ts';
import type { MessageRecord } from '../record.ts';

/** Whether a message, its turn come, waits for a person to approve of it. */
export function needsApproval(
  { type, state, approved }: Pick<MessageRecord, 'type' | 'state' | 'approved'>,
  holdTypes: readonly string[],
): boolean {
  return state === 'open' && !approved && holdTypes.includes(type);
}

/** What tells a person of a message that waits to be approved. */
export const approvalIncident = ({ messageId, type }: Pick<MessageRecord, 'messageId' | 'type'>): Incident => ({
  kind: 'needs-approval',
  subject: messageId,
  messageId,
  expected: `a person approves of ${type}`,
  found: 'nobody has yet',
});
