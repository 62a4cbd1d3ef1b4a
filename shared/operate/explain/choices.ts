import { planApproval } from '../../decisions/approve.ts';
import type { Action, OperatorContext } from '../../decisions/context.ts';
import { planDismissal } from '../../decisions/dismiss.ts';
import { planRequeue } from '../../decisions/requeue.ts';
import { planRetry } from '../../decisions/retry.ts';
import type { MessageRecord } from '../../messages/record.ts';
import { type IncidentRow, isOpen } from '../../operations/incidents.ts';
import { PermanentError } from '../../platform/errors.ts';

export const decisionNames = ['approve', 'retry', 'dismiss', 'requeue'] as const;

/** A decision about a message or an incident. */
export interface NamedDecision {
  decision: (typeof decisionNames)[number];
  /** Id of the message or incident. */
  id: string;
  /** Whether a delivery is dismissed with all its failed files. */
  wholeDelivery?: true;
}

/** A decision that an operator can make, with its effect as the tables are now, or one that would be refused, and why. */
export type Choice = NamedDecision & ({ planned: readonly string[] } | { why: string });

/** Decisions about an incident, each with its effect as the tables are now. */
export async function choicesOfIncident(operator: OperatorContext, incident: IncidentRow): Promise<Choice[]> {
  if (!isOpen(incident)) return [];
  const { incidentId, kind, subject } = incident;
  const first =
    kind === 'needs-approval'
      ? await choice({ decision: 'approve', id: subject }, () => planApproval(operator, subject))
      : await choice({ decision: 'retry', id: incidentId }, () => planRetry(operator, incident));
  return [first, await dismissal(operator, incident)];
}

/** A delivery whose files failed can only be dismissed as a whole. */
async function dismissal(operator: OperatorContext, incident: IncidentRow): Promise<Choice> {
  const named: NamedDecision = { decision: 'dismiss', id: incident.incidentId };
  const alone = await choice(named, () => planDismissal(operator, incident, false));
  if ('planned' in alone) return alone;
  return choice({ ...named, wholeDelivery: true }, () => planDismissal(operator, incident, true));
}

/** Decisions about a message beside those about its incidents. */
export async function choicesOfMessage(operator: OperatorContext, { messageId }: MessageRecord): Promise<Choice[]> {
  const requeue = await choice({ decision: 'requeue', id: messageId }, () => planRequeue(operator, messageId));
  return 'planned' in requeue ? [requeue] : [];
}

async function choice(named: NamedDecision, plan: () => Promise<Action>): Promise<Choice> {
  try {
    const { planned } = await plan();
    return { ...named, planned };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    return { ...named, why: error.message };
  }
}
